// How good the predictor is on runs that it was not trained on. Pure.
#pragma once

#include <vector>

#include "common/study/predictor_trial.h"

namespace powerdown {

// Figures of trials whose models never saw the operation of the run.
std::vector<Figure> JudgePredictor(const std::vector<PredictorTrial>& trials);
// Figures of TryWithRunsLeftOut, which compare with those of the literature.
std::vector<Figure> JudgeRunsLeftOut(const std::vector<PredictorTrial>& trials);

}  // namespace powerdown
