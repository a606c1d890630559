// `powerdown-worker --bench SPEC`: the time of a training step here, and its share of the peak.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"
#include "server/trainer/network/network.h"

namespace powerdown {

// One JSON object: {"median_step_ms","steps_per_second","gflops","peak_gflops_share"}. gflops
// counts the arithmetic that the engine does; the peak is a large single-precision product on one
// thread.
absl::StatusOr<std::string> BenchSpec(const RunSpec& spec, EngineKind kind);

}  // namespace powerdown
