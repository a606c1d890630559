// The processes of a command that this process starts and waits for. Not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"
#include "common/platform/process.h"
#include "common/platform/process_tree.h"
#include "server/runner/program_processes.h"

namespace powerdown {

// Makes this process the one that inherits what its descendants leave: call it before the first
// command is started.
absl::Status BecomeSubreaper();

class CommandProcess : public ProgramProcesses {
 public:
  // `words` begin with the program's path. It leads a session of its own, and dies with this
  // process.
  static absl::StatusOr<std::unique_ptr<CommandProcess>> Start(
      const std::vector<std::string>& words, const std::string& directory,
      const std::vector<std::string>& environment);
  // Kills what is left, and waits for it.
  ~CommandProcess() override;

  const Descriptor* output() const override { return &output_; }
  const Descriptor* errors() const override { return &errors_; }
  void Look() override;  // waits for all that have ended, without waiting for anybody
  std::optional<ProcessEnd> end() const override { return end_; }
  bool has_ended() const override { return has_ended_; }
  void Tell(int signal) override;
  void TellAll(int signal) override;

 private:
  CommandProcess(pid_t pid, Descriptor output, Descriptor errors);

  const pid_t pid_;
  const Descriptor output_;
  const Descriptor errors_;
  ProcessTree tree_;  // of this process
  std::optional<ProcessEnd> end_;
  bool has_ended_ = false;
};

}  // namespace powerdown
