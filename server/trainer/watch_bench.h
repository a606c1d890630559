// `powerdown-worker --bench --watch WEIGHTS SPEC`: what watching a run costs, as a share of the
// run.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/forecast/predictor.h"
#include "common/run/run_spec.h"

namespace powerdown {

// Trains all of `spec`. One JSON object of seconds of processor time: "run_seconds" in all,
// "decision_seconds" in the stop rule and the forecaster, "feature_seconds" in the features that
// only forecasts read, "extra_evaluation_seconds" in evaluations beyond the plain grid, every
// max(10, 2% of the step); "watch_share" is those three over the first. On one thread a share of
// the time is a share of the energy.
absl::StatusOr<std::string> BenchWatching(const RunSpec& spec,
                                          std::shared_ptr<const Predictor> predictor);

}  // namespace powerdown
