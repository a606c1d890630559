// The time seam. Only this class's real version and main read the clocks of the machine.
#pragma once

#include <string>

#include "common/base/instant.h"

namespace powerdown {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() = 0;
};

class RealClock : public Clock {
 public:
  Instant Now() override;
};

// Names the time between two starts of the machine, within which monotonic times compare; the same
// that workers say in their hello.
std::string BootId();

}  // namespace powerdown
