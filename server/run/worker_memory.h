// How much memory a run's worker may allocate. Pure.
#pragma once

#include <cstdint>

#include "common/run/run_spec.h"

namespace powerdown {

// `factor` times what the spec needs on a CPU, and some to spare; a GPU's driver maps more. 0,
// which is no limit, for a factor of 0 or a spec whose task cannot be made.
int64_t WorkerMemoryLimit(const RunSpec& spec, double factor);

}  // namespace powerdown
