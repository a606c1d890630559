// Bytes made smaller, with a checksum of what went in. Pure.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

// One zstd frame.
absl::StatusOr<std::string> Compress(std::string_view content);
// All frames of `bytes`, one after another. DataLoss if they are damaged or cut off,
// ResourceExhausted if they would be longer than `most_bytes`.
absl::StatusOr<std::string> Decompress(std::string_view bytes, size_t most_bytes);
bool IsCompressed(std::string_view bytes);  // begins with zstd's magic number

}  // namespace powerdown
