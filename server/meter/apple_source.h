// Where Apple's dumps come from: the machine itself on macOS, nowhere elsewhere. The file that
// CMake chooses says which.
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

// Unimplemented on what is no Mac.
absl::StatusOr<std::unique_ptr<AppleSource>> OpenAppleSource();

}  // namespace powerdown
