// Reads back what common/run/run_json.h writes: recorded runs, comparisons and quizzes. Pure.
// Unknown fields are ignored; InvalidArgument names the first field that is missing or of another
// type.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/json_fwd.h"
#include "common/run/run.h"

namespace powerdown {

absl::StatusOr<RunSpec> SpecFromObject(const Json& object);  // missing: default; unknown: error
// A run without a spec is of kUnknownTask; one without an id has none yet.
absl::StatusOr<Run> RunFromJson(const Json& json);
absl::StatusOr<Forecast> ForecastFromJson(const Json& json);
absl::StatusOr<StepReport> ReportFromJson(const Json& json);
absl::StatusOr<RunEvent> EventFromJson(const Json& json);
absl::StatusOr<Comparison> ComparisonFromJson(const Json& json);
absl::StatusOr<RunUpdate> UpdateFromJson(const Json& json);  // a report, or an "event"
absl::StatusOr<QuizResult> QuizFromJson(const Json& json);
absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json);
absl::StatusOr<AnswerGrid> GridFromJson(const Json& json);

}  // namespace powerdown
