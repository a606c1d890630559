// A place among a run's reports, which ascend by attempt and step. Plain value.
#pragma once

#include <cstdint>
#include <limits>

namespace powerdown {

struct ReportPosition {
  int64_t attempt = std::numeric_limits<int64_t>::min();  // before all
  int64_t step = 0;
};

}  // namespace powerdown
