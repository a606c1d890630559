// What the worker asks of LibTorch itself, in plain types.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// "LibTorch 1.13.1".
std::string LibraryName();
// "cpu" or "cuda" for a spec's "cpu", "cuda" or "auto"; InvalidArgument for what is not here.
absl::StatusOr<std::string> FindDevice(const std::string& wanted);
void SetThreads(int64_t threads);
// Weights that decay towards zero become denormal, which would slow every step down. Holds for the
// thread that calls it and for those that LibTorch starts.
void FlushDenormals();
// A large single-precision product on this machine, in 10⁹ additions and multiplications a second.
double PeakGflops();

}  // namespace powerdown
