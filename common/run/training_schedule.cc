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
constexpr SchedulePolicy kNamedPolicies[] = {
    SchedulePolicy::kTwiceMedian, SchedulePolicy::kPrototype, SchedulePolicy::kLiterature};

const std::vector<FamilyMedian>& ShippedMedians() {
  static const auto& medians = *new std::vector<FamilyMedian>{
#include "common/run/family_medians.inc"
  };
  return medians;
}

TrainingBudget PrototypeBudget(const RunSpec& spec, std::string_view why) {
  TrainingBudget budget;
  budget.policy = SchedulePolicy::kPrototype;
  budget.max_steps = spec.max_steps;
  budget.grok_multiple = kPrototypeGrokMultiple;
  budget.source = Concat(
      why,
      absl::StrFormat("%g times the grok step, at most %d steps: the first prototype spent 24%% "
                      "of its energy after generalisation",
                      kPrototypeGrokMultiple, spec.max_steps));
  return budget;
}

TrainingBudget TwiceMedianBudget(const RunSpec& spec, const std::optional<FamilyMedian>& measured) {
  const std::optional<FamilyMedian> shipped = FindShippedMedian(SpecFamily(spec));
  const std::optional<FamilyMedian>& median = shipped ? shipped : measured;
  if (!median || !(median->median_grok_step > 0)) {
    return PrototypeBudget(spec, "nobody has measured this family's grok step, so ");
  }
  TrainingBudget budget;
  budget.policy = SchedulePolicy::kTwiceMedian;
  budget.max_steps = std::clamp<int64_t>(std::llround(2 * median->median_grok_step), 1, kMostSteps);
  budget.source = absl::StrFormat("twice the median grok step of this family, %g over %d %s (%s)",
                                  median->median_grok_step, median->runs,
                                  median->runs == 1 ? "run" : "runs", median->source);
  return budget;
}

}  // namespace

std::string_view SchedulePolicyName(SchedulePolicy policy) {
  switch (policy) {
    case SchedulePolicy::kTwiceMedian:
      return "twice-median";
    case SchedulePolicy::kPrototype:
      return "prototype";
    case SchedulePolicy::kLiterature:
      return "literature";
    case SchedulePolicy::kFixed:
      return "fixed";
  }
  return "fixed";
}

absl::StatusOr<ScheduleRequest> ParseSchedule(std::string_view text) {
  for (SchedulePolicy policy : kNamedPolicies) {
    if (text == SchedulePolicyName(policy)) return ScheduleRequest{policy, 0};
  }
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

TrainingBudget ResolveBudget(const ScheduleRequest& request, const RunSpec& spec,
                             const std::optional<FamilyMedian>& measured) {
  switch (request.policy) {
    case SchedulePolicy::kTwiceMedian:
      return TwiceMedianBudget(spec, measured);
    case SchedulePolicy::kPrototype:
      return PrototypeBudget(spec, "");
    case SchedulePolicy::kLiterature:
      return {
          request.policy, kLiteratureSteps, std::nullopt,
          "the optimisation budget of most experiments of Power et al. 2022 (arXiv 2201.02177)"};
    case SchedulePolicy::kFixed:
      break;
  }
  return {SchedulePolicy::kFixed, request.steps, std::nullopt,
          Concat("declared by the user: ", request.steps, " steps")};
}

}  // namespace powerdown
