// Runs the stop rule over a recorded run, one report at a time as in a live run, and compares it
// with the best possible stop. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/forecast/forecaster.h"
#include "common/run/run.h"

namespace powerdown {

// A run that reaches it but never holds 0.99 is partial.
inline constexpr double kPartialAccuracy = 0.9;

struct Replay {
  std::optional<int64_t> memorised_step;
  std::optional<int64_t> grok_step;
  // The best possible stop: the first evaluation at or after grok_step whose accuracy is within
  // 0.003 of reference_accuracy. Absent if the run never grokked.
  std::optional<int64_t> oracle_step;
  std::optional<int64_t> stop_step;  // absent: the rule never stops the run
  std::string reason;                // of the stop, or else the rule's last verdict
  // 1 − max(0, stop − oracle) / (max_steps − oracle); 0 if the rule never stops. Absent without an
  // oracle, or if the oracle is the last step.
  std::optional<double> captured_share;
  std::optional<double> accuracy_at_stop;
  std::optional<double> reference_accuracy;  // the best trailing median of 5 evaluations
  // The step at which a forecast would have abandoned the run: it will not grok within max_steps.
  std::optional<int64_t> abandon_step;
  std::optional<PlannedStop> planned;
  std::vector<Forecast> forecasts;  // before the run, then at each landmark until it grokked
  // Whether it reached kPartialAccuracy but never held 0.99; the first evaluation below 0.95 after
  // the grok.
  bool is_partial = false;
  std::optional<int64_t> collapse_step;
};

// `reports` ascend in steps (StandingReports). `max_steps`: the step limit of the run.
Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps);
// Also makes the forecasts of `predictor` for a run of `spec`.
Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps, const RunSpec& spec,
                 std::shared_ptr<const Predictor> predictor);

}  // namespace powerdown
