// What was forecast of a recorded run by a model that never saw its operation: the only forecasts
// that may be set against what the run then did. Shipped beside the runs, one JSON object a line.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/json_fwd.h"
#include "common/run/forecast.h"
#include "common/run/run_bundle.h"

namespace powerdown {

inline constexpr char kHeldOutFile[] = "held_out.jsonl";

struct HeldOutForecasts {
  std::string run_id;
  std::string operation;  // what the model was trained without
  std::vector<Forecast>
      forecasts;  // before the run; once it had memorised, unless it grokked first
};

Json HeldOutJson(const HeldOutForecasts& held_out);
// InvalidArgument names the line.
absl::StatusOr<std::vector<HeldOutForecasts>> ParseHeldOut(std::string_view text);

// Tells the forecasts as events of the run, each where it would have been made.
void TellForecasts(const std::vector<Forecast>& forecasts, RunBundle& bundle);

}  // namespace powerdown
