// Where runs keep their files, <state folder>/runs/<run>/<attempt>/, and the command that starts a
// worker there. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/run/run.h"
#include "common/run/worker_lines.h"
#include "server/run/worker.h"

namespace powerdown {

// Creates a folder that only its user can enter. Every failure is ResourceExhausted, after which
// runs wait in the queue: the trouble is the box's.
absl::Status MakeFolder(const std::string& path);

class RunFolders {
 public:
  explicit RunFolders(std::string state_dir);

  // ResourceExhausted where the disk has no room for the run's checkpoints: its worker would train
  // up to the first one, and in vain.
  absl::Status CheckRoom(const Run& run) const;
  // Creates the attempt's folder and says where the worker's log and lock go. PermissionDenied or
  // NotFound for an account that a command cannot run as.
  absl::StatusOr<WorkerOrder> Prepare(const Run& run, int64_t attempt) const;
  // `weights` are the run's forecast weights as JSON, or empty.
  StartCommand StartOf(const Run& run, int64_t attempt, std::string weights) const;
  // The newest full checkpoint that still exists: of a stopped run, the exact state at its stop.
  // Empty: the run starts anew.
  std::string ResumeFile(const Run& run) const;
  // Where the command of an attempt keeps its output; see common/platform/output_log.h.
  std::string OutputOf(const std::string& run_id, int64_t attempt) const;
  // Removes the run's files. What cannot be removed stays, and nothing refers to it.
  void Remove(const std::string& run_id) const;

 private:
  absl::Status PrepareCommand(const CommandSpec& command, const std::string& folder,
                              WorkerOrder& order) const;
  std::string FolderOf(const std::string& run_id) const;
  std::string FolderOf(const std::string& run_id, int64_t attempt) const;

  const std::string state_dir_;
};

// The last line of a log, for an error message; empty if there is none.
std::string LastLogLine(const std::string& file);

}  // namespace powerdown
