// A program that `powerdown exec` has started and waits for, in its user's terminal. Not
// thread-safe.
#pragma once

#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "common/platform/process_tree.h"
#include "common/platform/program_channel.h"
#include "common/run/command_spec.h"
#include "server/runner/program_processes.h"

namespace powerdown {

class AttachedProcess : public ProgramProcesses {
 public:
  // `channel` outlives it. NotFound where exec is not there, or waits for another process, and did
  // not say how its program ended.
  static absl::StatusOr<std::unique_ptr<AttachedProcess>> Open(const Attachment& attachment,
                                                               const ProgramChannel* channel);

  const Descriptor* output() const override { return nullptr; }
  const Descriptor* errors() const override { return nullptr; }
  void Look() override;
  std::optional<ProcessEnd> end() const override { return end_; }
  // Whoever waited has gone: what the program left behind is nobody's here.
  bool has_ended() const override { return end_.has_value(); }
  void Tell(int signal) override;
  void TellAll(int signal) override;

 private:
  AttachedProcess(const Attachment& attachment, const ProcessFacts& waiting,
                  const ProgramChannel* channel)
      : attachment_(attachment), waiting_(waiting), channel_(*channel), tree_(attachment.pid) {}
  bool IsWaiting() const;  // powerdown exec is there, and no other process by its number

  const Attachment attachment_;
  const ProcessFacts waiting_;
  const ProgramChannel& channel_;
  ProcessTree tree_;
  std::optional<ProcessEnd> end_;
};

}  // namespace powerdown
