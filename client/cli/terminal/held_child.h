// A program started in this terminal, as a shell would, that waits until it may begin: meanwhile
// others are told of it. For one thread, before there are others; one at a time.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"
#include "common/platform/process.h"

namespace powerdown {

class HeldChild {
 public:
  // `words` as they are typed, of the program at `path`; `environment`: "NAME=value", all of it. It
  // has this process's terminal, group, folder and open files 0 to 2.
  static absl::StatusOr<std::unique_ptr<HeldChild>> Fork(
      const std::string& path, const std::vector<std::string>& words,
      const std::vector<std::string>& environment);
  ~HeldChild();  // one that was not released ends

  pid_t pid() const { return pid_; }
  void Release();
  // Until it has ended. A signal that somebody sends to this process is passed on to it; those of
  // the terminal reach both.
  ProcessEnd Wait();

 private:
  HeldChild(pid_t pid, Descriptor gate) : pid_(pid), gate_(std::move(gate)) {}
  const pid_t pid_;
  Descriptor gate_;  // it begins when a byte comes, and ends when this is closed without
  bool has_ended_ = false;
};

// Ends this process as that one ended: with its status, or by its signal.
[[noreturn]] void EndAs(const ProcessEnd& end);

}  // namespace powerdown
