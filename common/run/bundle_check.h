// What a run from elsewhere must be so that lists, charts and queries bear it: checked before it is
// stored. Every error is InvalidArgument and names the field, its value and what is allowed. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "absl/status/status.h"
#include "common/base/text_limits.h"
#include "common/energy/energy.h"
#include "common/run/run.h"

namespace powerdown {

// Steps, counts and attempts. A double holds each of them exactly, which charts rely on.
inline constexpr int64_t kMostImportedSteps = int64_t{1} << 52;

// What a float holds: losses and norms of a training that diverged.
inline constexpr double kMostMeasured = 3.5e38;
// Of the times that are taken: the years 1900 to 2199.
absl::Time FirstTime();
absl::Time LastTime();
// Of a run, of ours too: each list of runs has all of them.
inline constexpr size_t kMostAttempts = kMostTextItems;

// Checks the parts of one bundle in the order in which they come.
class BundleCheck {
 public:
  absl::Status Take(const Run& run);
  absl::Status Take(const LedgerInterval& interval);
  absl::Status Take(const StepReport& report);
  absl::Status Take(const RunEvent& event);

 private:
  int64_t most_steps_ = 0;
  absl::Duration booked_;
  std::map<int64_t, int64_t> last_steps_;  // by attempt
};

}  // namespace powerdown
