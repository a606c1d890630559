// A predictor trained on GrokkingRuns(), read from tests/data: training it takes a second, and each
// test runs in a process of its own. TrainedPredictorTest shows that training gives it again.
#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "common/forecast/predictor_training.h"
#include "tests/fakes/grokking_runs.h"

namespace powerdown {

inline constexpr char kTrainedPredictorFile[] =
    POWERDOWN_SOURCE_DIR "/tests/data/predictor_of_grokking_runs.json";

inline std::vector<TrainingRun> GrokkingExamples() {
  std::vector<TrainingRun> runs;
  for (const RecordedRun& recorded : GrokkingRuns()) {
    runs.push_back(MakeTrainingRun(recorded.run, recorded.reports));
  }
  return runs;
}

inline std::shared_ptr<const Predictor> TrainedPredictor() {
  static const auto& predictor = *new std::shared_ptr<const Predictor>([] {
    std::ifstream file(kTrainedPredictorFile);
    const std::string json{std::istreambuf_iterator<char>(file), {}};
    return std::make_shared<const Predictor>(Predictor::FromJson(json).value());
  }());
  return predictor;
}

}  // namespace powerdown
