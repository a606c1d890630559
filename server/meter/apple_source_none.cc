#include "server/meter/apple_source.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<AppleSource>> OpenAppleSource() {
  return absl::UnimplementedError("this is not a Mac");
}

}  // namespace powerdown
