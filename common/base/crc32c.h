// CRC32C, the checksum of TFRecord files: Castagnoli's polynomial, as in RFC 3720 (appendix B.4).
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace powerdown {

// The checksum of what `crc` is of, followed by `bytes`; begin with 0.
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

// As TFRecord files store it, so that a checksum over checksums is none that is trivially right
// (TensorFlow, crc32c::Mask).
uint32_t MaskedCrc32c(uint32_t crc);

}  // namespace powerdown
