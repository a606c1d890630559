// What the stop rule would have done with a run, told by its reports one at a time, with no look
// ahead: exactly what it does live. And what it could have saved at best. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run.h"

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
};

// `reports` ascend in steps (StandingReports). max_steps: how long the run would have been.
Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps);

}  // namespace powerdown
