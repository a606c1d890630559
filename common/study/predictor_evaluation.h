// How good the predictor is on runs that it was not trained on. Pure.
#pragma once

#include <vector>

#include "common/study/predictor_trial.h"

namespace powerdown {

// Of trials by models that never saw the run's operation.
std::vector<Figure> JudgePredictor(const std::vector<PredictorTrial>& trials);
// Of TryWithRunsLeftOut: what compares with the literature.
std::vector<Figure> JudgeRunsLeftOut(const std::vector<PredictorTrial>& trials);

}  // namespace powerdown
