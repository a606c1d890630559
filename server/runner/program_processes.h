// The processes of a program, as its runner sees them: its own children, or somebody else's. Not
// thread-safe.
#pragma once

#include <optional>

#include "common/platform/descriptor.h"
#include "common/platform/process.h"

namespace powerdown {

class ProgramProcesses {
 public:
  virtual ~ProgramProcesses() = default;

  // The program's stdout and stderr, of which reading never waits; null: they are not ours.
  virtual const Descriptor* output() const = 0;
  virtual const Descriptor* errors() const = 0;

  // Looks who has ended.
  virtual void Look() = 0;
  // How the program's own process ended, once it has. Others may go on.
  virtual std::optional<ProcessEnd> end() const = 0;
  virtual bool has_ended() const = 0;  // none of its processes is left

  // Tells the program's own process, which tells its own as it sees fit; once it has ended, all
  // that it left behind.
  virtual void Tell(int signal) = 0;
  // All its processes, those too that are started meanwhile.
  virtual void TellAll(int signal) = 0;
};

}  // namespace powerdown
