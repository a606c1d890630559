// What the stop rule would have done with a run, told by its reports one at a time, with no look
// ahead: exactly what it does live. And what it could have saved at best. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/forecast/forecaster.h"
#include "common/run/run.h"

namespace powerdown {

struct Replay {
  std::optional<int64_t> memorised_step;
  std::optional<int64_t> grok_step;
  // First evaluation at or after grok_step within 0.003 of reference_accuracy: nothing more is
  // gained from there on. Absent if it never grokked.
  std::optional<int64_t> oracle_step;
  std::optional<int64_t> stop_step;  // absent: the rule never stops it
  std::string reason;                // of the stop; else the rule's last verdict
  // 1 − max(0, stop − oracle) / (max_steps − oracle); 0 when missed; absent without an oracle, or
  // with nothing after it.
  std::optional<double> captured_share;
  std::optional<double> accuracy_at_stop;
  std::optional<double> reference_accuracy;  // the best trailing median of 5 evaluations
  // Where the run would have been given up as one that will not grok within max_steps.
  std::optional<int64_t> abandon_step;
  std::optional<PlannedStop> planned;
  std::vector<Forecast> forecasts;  // before the run, then one a landmark until it grokked
  // Reached 0.9 but never held 0.99; and the first evaluation below 0.95 after the grok.
  bool is_partial = false;
  std::optional<int64_t> collapse_step;
};

// `reports` ascend in steps (StandingReports). max_steps: how long the run would have been.
Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps);
// And what would have been forecast, with `predictor`, of a run of `spec`.
Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps, const RunSpec& spec,
                 std::shared_ptr<const Predictor> predictor);

}  // namespace powerdown
