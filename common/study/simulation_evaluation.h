// How far the grok steps of modelled runs (simulated_run.h) are from the real ones, for operations
// that the weights were not trained on. Pure.
#pragma once

#include <vector>

#include "common/study/predictor_trial.h"
#include "common/study/stop_evaluation.h"

namespace powerdown {

// `known`: the runs that the trials' models were trained on; modelled runs are made from them too.
std::vector<Figure> JudgeSimulations(const std::vector<RecordedRun>& known,
                                     const std::vector<PredictorTrial>& trials);

}  // namespace powerdown
