// What the worker asks of LibTorch itself, in plain types.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// "LibTorch 1.13.1".
std::string LibraryName();
// What can train here: "cpu", "cuda" (NVIDIA), "mps" (Apple), as far as there are any.
std::vector<std::string> Devices();
// One of them for a spec's device. "auto" is the GPU of NVIDIA if there is one, else the processor;
// InvalidArgument for what is not here.
absl::StatusOr<std::string> FindDevice(const std::string& wanted);
// The model of that device's card; empty for the processor, and where it has no name.
std::string CardNameOf(const std::string& device);
void SetThreads(int64_t threads);
// Weights that decay towards zero become denormal, which would slow every step down. Holds for the
// thread that calls it and for those that LibTorch starts.
void FlushDenormals();
// A large single-precision product on this machine, in 10⁹ additions and multiplications a second.
double PeakGflops();

}  // namespace powerdown
