#include "server/trainer/network/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "server/trainer/dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::ElementsAre;

class TrainingTest : public testing::Test {
 protected:
  TrainingTest() : dataset_(MakeDataset(TinySpec()).value()) {}
  std::unique_ptr<Training> Make() const {
    return std::make_unique<Training>(TinySpec(), dataset_.table, dataset_.train,
                                      dataset_.validation, dataset_.train.size(), "cpu",
                                      EngineKind::kFastest);
  }
  static std::vector<float> WeightsOf(Training& training) {
    const absl::Span<const float> weights = training.Weights();
    return {weights.begin(), weights.end()};
  }

  const Dataset dataset_;
};

TEST_F(TrainingTest, ParametersTileTheWeights) {
  const auto training = Make();
  int64_t size = 0;
  for (const ParameterShape& parameter : training->parameters()) {
    int64_t product = 1;
    for (const int64_t one : parameter.sizes) product *= one;
    EXPECT_EQ(parameter.size, product) << parameter.name;
    size += parameter.size;
  }
  EXPECT_EQ(training->size(), size);
  EXPECT_THAT(training->parameters()[0].sizes, ElementsAre(7, 8));
}

TEST_F(TrainingTest, AllRowsAreTheFullBatch) {
  const auto training = Make();
  std::vector<int64_t> rows(static_cast<size_t>(dataset_.train.size()));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<int64_t>(i);
  const double loss = training->Backward();
  EXPECT_EQ(training->Backward(rows), loss);
  EXPECT_NEAR(training->ScoreTrain().loss, loss, 1e-5);
  EXPECT_EQ(training->ScoreTrain().accuracy, training->BatchAccuracy());
}

TEST_F(TrainingTest, GoesOnBitForBitFromItsWeightsAndOptimizerState) {
  const auto first = Make();
  for (int step = 0; step < 5; ++step) {
    first->Backward();
    first->Update();
  }
  const auto second = Make();
  second->SetWeights(first->Weights());
  second->SetOptimizerState(first->GetOptimizerState());
  EXPECT_EQ(second->GetOptimizerState().steps, 5);
  for (const auto& training : {first.get(), second.get()}) {
    training->Backward();
    training->Update();
  }
  EXPECT_EQ(WeightsOf(*second), WeightsOf(*first));
  EXPECT_NE(WeightsOf(*second), WeightsOf(*Make()));
}

TEST_F(TrainingTest, ANetworkWithItsWeightsFindsTheSameAccuracy) {
  const auto training = Make();
  for (int step = 0; step < 40; ++step) {
    training->Backward();
    training->Update();
  }
  Network network(TinySpec(), dataset_.table, dataset_.train.size());
  EXPECT_EQ(network.size(), training->size());
  network.SetWeights(training->Weights());
  const Choices choices = network.Ask(dataset_.validation);
  ASSERT_EQ(choices.count, 5);
  int64_t right = 0;
  for (size_t i = 0; i < dataset_.validation.answers.size(); ++i) {
    right += choices.classes[5 * i] == dataset_.validation.answers[i] ? 1 : 0;
    EXPECT_GE(choices.probabilities[5 * i], choices.probabilities[5 * i + 1]);
  }
  EXPECT_EQ(static_cast<double>(right) / static_cast<double>(dataset_.validation.size()),
            training->ScoreValidation().accuracy);
}

}  // namespace
}  // namespace powerdown
