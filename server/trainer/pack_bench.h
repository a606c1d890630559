// `powerdown-worker --bench --pack N SPEC`: seeds of a spec as one pack, on any device. Its first
// member has the spec's seed, the others the following ones.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/run/run_spec.h"

namespace powerdown {

// Far beyond what pays on any card; more is a typing error.
inline constexpr int64_t kMostPackMembers = 1024;

// The time of a step of all members. One JSON object: {"device","card","members","median_step_ms",
// "steps_per_second","seed_steps_per_second","gflops"}.
absl::StatusOr<std::string> BenchPack(const RunSpec& spec, int64_t members);
// Trains every member until the stop rule stops it, or to max_steps. One JSON object: {"device",
// "card","members","grok_steps","stop_steps","pack_steps","seconds","begin_monotonic_ns",
// "end_monotonic_ns"}; -1 for a member that did not get there.
absl::StatusOr<std::string> BenchPackToStop(const RunSpec& spec, int64_t members);

}  // namespace powerdown
