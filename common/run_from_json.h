// Reads the JSON of run_json.h back. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "common/energy.h"
#include "common/run.h"
#include "common/run_json.h"

namespace powerdown {

// Without checkpoints and comparison; times of day to the microsecond. InvalidArgument names what
// is missing or wrong.
absl::StatusOr<Run> RunFromJson(const Json& json);
absl::StatusOr<StepReport> ReportFromJson(const Json& json);  // without revision and run_id
absl::StatusOr<RunEvent> EventFromJson(const Json& json);     // likewise
absl::StatusOr<Forecast> ForecastFromJson(const Json& json);

Json LedgerJson(const LedgerInterval& interval);
absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json);

}  // namespace powerdown
