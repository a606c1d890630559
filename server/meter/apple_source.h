// Where IOReport's and the SMC's dumps come from: the machine itself on macOS, an error elsewhere.
// CMake chooses the file.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/meter/ioreport.h"

namespace powerdown {

// Not thread-safe.
class AppleSource {
 public:
  virtual ~AppleSource() = default;
  // Unavailable if neither IOReport nor the SMC answers now.
  virtual absl::StatusOr<AppleDump> Read(absl::Duration now) = 0;
};

// Unimplemented on other systems than macOS.
absl::StatusOr<std::unique_ptr<AppleSource>> OpenAppleSource();

}  // namespace powerdown
