// How far the grok steps of modelled runs (simulated_run.h) lie from the real ones, of operations
// that no weights saw. Pure.
#pragma once

#include <vector>

#include "common/study/predictor_trial.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

// `known`: the runs that the trials' models learned from and that a modelled run leans on.
std::vector<Figure> JudgeSimulations(const std::vector<RecordedRun>& known,
                                     const std::vector<PredictorTrial>& trials);

}  // namespace powerdown
