// The process seam: one worker's life, or one runner's, seen from the daemon.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/platform/account.h"

namespace powerdown {

// How a worker's process ended.
struct WorkerExit {
  bool was_killed = false;       // by a signal
  bool is_foreign_kill = false;  // by a SIGKILL that this Worker did not send
  std::string description;       // for people: "exited with status 3"
};

// Receives what one worker does. Calls come from one thread at a time, in this order:
//   OnLine* -> OnExit, exactly once.
class WorkerObserver {
 public:
  virtual ~WorkerObserver() = default;
  virtual void OnLine(const std::string& line) = 0;
  virtual void OnExit(const WorkerExit& exit) = 0;
};

// A running worker. Thread-safe. The destructor kills it if it still runs, and waits for it.
class Worker {
 public:
  virtual ~Worker() = default;
  virtual int64_t pid() const = 0;
  // One command line without its newline. Never blocks long: the pipe holds 64 KiB, and a worker
  // that does not read is cut off with Unavailable.
  virtual absl::Status Send(const std::string& line) = 0;
  virtual void CloseInput() = 0;  // the leash: it checkpoints and ends
  virtual void Kill() = 0;        // SIGKILL
};

struct WorkerOrder {
  std::string log_file;            // the worker's stderr, appended
  std::string lock_file;           // held by the worker as long as it lives; empty: none
  bool is_quiz = false;            // niced, started with --quiz
  bool is_about_devices = false;   // started with --devices: it says one line and ends
  bool is_command = false;         // a runner, in place of a worker
  std::string folder;              // of a runner: where it runs, and keeps the command's output
  std::optional<Account> account;  // of a runner: in whose name it runs
  // What it may allocate; beyond it, allocating fails and its run says so. 0: no limit.
  int64_t memory_bytes = 0;
};

// Starts workers: locally, later through Slurm. Thread-safe.
class WorkerLauncher {
 public:
  virtual ~WorkerLauncher() = default;
  // The observer must outlive the worker. FailedPrecondition if the lock file is still held.
  virtual absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                         WorkerObserver* observer) = 0;
  // What workers can train on: "cpu", "cuda", "mps". May take seconds.
  virtual absl::StatusOr<std::vector<std::string>> Devices() = 0;
};

}  // namespace powerdown
