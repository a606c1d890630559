#include "common/run/training_schedule.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int64_t kMostSteps = 100'000'000;

const std::vector<FamilyMedian>& ShippedMedians() {
  static const auto& medians = *new std::vector<FamilyMedian>{
#include "common/run/family_medians.inc"
  };
  return medians;
}

TrainingSchedule PrototypeSchedule(const RunSpec& spec, std::string_view why) {
  TrainingSchedule schedule;
  schedule.policy = SchedulePolicy::kPrototype;
  schedule.max_steps = spec.max_steps;
  schedule.grok_multiple = kPrototypeGrokMultiple;
  schedule.source = Concat(
      why,
      absl::StrFormat("%g times the grok step, at most %d steps: the first prototype spent 24%% "
                      "of its energy after generalisation",
                      kPrototypeGrokMultiple, spec.max_steps));
  return schedule;
}

TrainingSchedule TwiceMedianSchedule(const RunSpec& spec,
                                     const std::optional<FamilyMedian>& measured) {
  const std::optional<FamilyMedian> shipped = FindShippedMedian(SpecFamily(spec));
  const std::optional<FamilyMedian>& median = shipped ? shipped : measured;
  if (!median || !(median->median_grok_step > 0)) {
    return PrototypeSchedule(spec, "nobody has measured this family's grok step, so ");
  }
  TrainingSchedule schedule;
  schedule.policy = SchedulePolicy::kTwiceMedian;
  schedule.max_steps =
      std::clamp<int64_t>(std::llround(2 * median->median_grok_step), 1, kMostSteps);
  schedule.source = absl::StrFormat("twice the median grok step of this family, %g over %d %s (%s)",
                                    median->median_grok_step, median->runs,
                                    median->runs == 1 ? "run" : "runs", median->source);
  return schedule;
}

}  // namespace

absl::StatusOr<ScheduleRequest> ParseSchedule(std::string_view text) {
  const std::optional<SchedulePolicy> policy = FindNamed<SchedulePolicy>(text);
  if (policy && policy != SchedulePolicy::kFixed) return ScheduleRequest{*policy, 0};
  int64_t steps = 0;
  const std::string allowed =
      Concat("twice-median, prototype, literature, or 1 to ", kMostSteps, " steps");
  if (!absl::SimpleAtoi(AbslView(text), &steps)) {
    return absl::InvalidArgumentError(
        Concat("schedule: ", Quoted(text), " is not known; allowed: ", allowed));
  }
  if (steps < 1 || steps > kMostSteps) {
    return absl::InvalidArgumentError(
        Concat("schedule: ", steps, " is out of range; allowed: ", allowed));
  }
  return ScheduleRequest{SchedulePolicy::kFixed, steps};
}

std::optional<FamilyMedian> FindShippedMedian(std::string_view family) {
  for (const FamilyMedian& median : ShippedMedians()) {
    if (median.family == family) return median;
  }
  return std::nullopt;
}

TrainingSchedule ResolveSchedule(const ScheduleRequest& request, const RunSpec& spec,
                                 const std::optional<FamilyMedian>& measured) {
  switch (request.policy) {
    case SchedulePolicy::kTwiceMedian:
      return TwiceMedianSchedule(spec, measured);
    case SchedulePolicy::kPrototype:
      return PrototypeSchedule(spec, "");
    case SchedulePolicy::kLiterature:
      return {request.policy, kLiteratureSteps, std::nullopt,
              "the number of steps in most experiments of Power et al. 2022 (arXiv 2201.02177)"};
    case SchedulePolicy::kFixed:
      break;
  }
  return {SchedulePolicy::kFixed, request.steps, std::nullopt,
          Concat("declared by the user: ", request.steps, " steps")};
}

}  // namespace powerdown
