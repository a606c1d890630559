#include "client/connection/request_id.h"

#include <cstdint>
#include <random>

#include "absl/strings/str_format.h"

namespace powerdown {

std::string NewRequestId() {
  std::random_device random;
  const uint32_t version = 0x4000 | (random() & 0x0fff);
  const uint32_t variant = 0x8000 | (random() & 0x3fff);
  return absl::StrFormat("%08x-%04x-%04x-%04x-%08x%04x", random(), random() & 0xffff, version,
                         variant, random(), random() & 0xffff);
}

}  // namespace powerdown
