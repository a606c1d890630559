// The time seam. Only this class's real version and main read the clocks of the machine.
#pragma once

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

}  // namespace powerdown
