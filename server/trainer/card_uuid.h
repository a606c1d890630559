// Which card a training runs on, so that the daemon can tell its GPU from others. Thread-safe.
#pragma once

#include <cstdint>
#include <string>

namespace powerdown {

// The UUID of the board ("GPU-1b2c3d4e-…", as NVML says it) that is the `ordinal`-th of those that
// this process may use. CUDA must be in use. Empty where the driver does not say.
std::string BoardUuid(int ordinal, const std::string& library = "libcuda.so.1");

// Of a device of LibTorch: "cuda", "cuda:1"; empty for others.
std::string UuidOfDevice(const std::string& device);

// 16 bytes as "GPU-" and hexadecimal digits in the usual groups.
std::string UuidText(const unsigned char* bytes);

}  // namespace powerdown
