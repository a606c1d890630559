// How long people would have trained: the declared schedule that savings are booked against. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/named.h"
#include "common/run/run_spec.h"

namespace powerdown {

// First prototype: 24% of the energy was spent after generalisation, so it ended at 1/(1-0.24).
inline constexpr double kPrototypeGrokMultiple = 1.32;
// Power et al. 2022 (arXiv 2201.02177): the number of steps in most of their experiments.
inline constexpr int64_t kLiteratureSteps = 100000;

enum class SchedulePolicy { kTwiceMedian, kPrototype, kLiterature, kFixed };
template <>
struct NamesOf<SchedulePolicy> {
  static constexpr std::string_view kNames[] = {"twice-median", "prototype", "literature", "fixed"};
};

// A schedule as asked for: "twice-median", "prototype", "literature" or a number of steps.
struct ScheduleRequest {
  SchedulePolicy policy = SchedulePolicy::kTwiceMedian;
  int64_t steps = 0;  // kFixed only
};
absl::StatusOr<ScheduleRequest> ParseSchedule(std::string_view text);

// The median grok step measured for a family, with where it was measured.
struct FamilyMedian {
  std::string family;
  double median_grok_step = 0;
  int64_t runs = 0;
  std::string source;
};
// Measured by this project; shipped with the program.
std::optional<FamilyMedian> FindShippedMedian(std::string_view family);

// When the usual run ends. With `grok_multiple` the run ends at ceil(multiple x grok step),
// known only once it grokked, and at max_steps if it never does.
struct TrainingSchedule {
  SchedulePolicy policy = SchedulePolicy::kTwiceMedian;
  int64_t max_steps = 0;
  std::optional<double> grok_multiple;
  std::string source;  // in plain words, printed beside every saving
};
// `measured` is the median from the store when none is shipped. A twice-median schedule of a family
// that nobody has measured falls back to the prototype's, and its source says so.
TrainingSchedule ResolveSchedule(const ScheduleRequest& request, const RunSpec& spec,
                                 const std::optional<FamilyMedian>& measured);

}  // namespace powerdown
