#include "server/trainer/network/training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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
  std::unique_ptr<Training> Make(EngineKind kind = EngineKind::kFastest) const {
    return MakeTraining(TinySpec(), dataset_.table, dataset_.train, dataset_.validation,
                        dataset_.train.size(), "cpu", kind);
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
  const double loss = training->Backward({});
  const TrainingMeasures full = training->Measure();
  EXPECT_EQ(full.train_loss, loss);
  EXPECT_EQ(training->Backward(rows), loss);
  const TrainingMeasures partial = training->Measure();  // asks all training pairs once more
  EXPECT_NEAR(partial.train_loss, loss, 1e-5);
  EXPECT_EQ(partial.train_accuracy, full.train_accuracy);
}

class EnginesTest : public TrainingTest, public testing::WithParamInterface<EngineKind> {};

TEST_P(EnginesTest, GoesOnBitForBitFromItsWeightsAndOptimizerState) {
  const auto first = Make(GetParam());
  EXPECT_EQ(first->engine(), GetParam());
  EXPECT_EQ(FindNamed<EngineKind>(NameOf(GetParam())), GetParam());
  for (int step = 0; step < 5; ++step) first->Step({});
  const auto second = Make(GetParam());
  second->SetWeights(first->Weights());
  second->SetOptimizerState(first->GetOptimizerState());
  EXPECT_EQ(second->GetOptimizerState().steps, 5);
  for (const auto& training : {first.get(), second.get()}) {
    training->Backward({});
    training->Update();
  }
  EXPECT_EQ(WeightsOf(*second), WeightsOf(*first));
  EXPECT_NE(WeightsOf(*second), WeightsOf(*Make(GetParam())));
}

TEST_P(EnginesTest, MeasuresWhatTheOthersMeasure) {
  const auto plain = Make(EngineKind::kPlain);
  const auto training = Make(GetParam());
  for (Training* one : {plain.get(), training.get()}) {
    for (int step = 0; step < 3; ++step) one->Step({});
    one->Backward({});
    EXPECT_EQ(one->FirstBadStep(3), 3);
  }
  const TrainingMeasures expected = plain->Measure();
  const TrainingMeasures got = training->Measure();
  EXPECT_NEAR(got.train_loss, expected.train_loss, 1e-5);
  EXPECT_NEAR(got.validation_loss, expected.validation_loss, 1e-5);
  EXPECT_EQ(got.train_accuracy, expected.train_accuracy);
  EXPECT_EQ(got.validation_accuracy, expected.validation_accuracy);
  EXPECT_NEAR(got.gradient_norm / expected.gradient_norm, 1, 1e-5);
  EXPECT_NEAR(got.weight_norm / expected.weight_norm, 1, 1e-6);
  EXPECT_NEAR(got.activation_sparsity, expected.activation_sparsity, 0.01);
  const FeatureValues features = training->MeasureFeatures();
  const FeatureValues of_plain = plain->MeasureFeatures();
  ASSERT_EQ(features.size(), of_plain.size());
  for (size_t i = 0; i < features.size(); ++i) {
    if (std::isnan(of_plain[i])) continue;
    EXPECT_NEAR(features[i], of_plain[i], 1e-4 * std::abs(of_plain[i]) + 1e-5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EnginesTest,
                         testing::Values(EngineKind::kPlain, EngineKind::kLoops,
                                         EngineKind::kTensors),
                         [](const auto& info) { return std::string(NameOf(info.param)); });

TEST_F(TrainingTest, ADivergedStepUpdatesNothing) {
  const auto training = Make();
  std::vector<float> weights = WeightsOf(*training);
  weights[0] = NAN;
  training->SetWeights(weights);
  EXPECT_TRUE(std::isnan(training->Step({})));
  EXPECT_EQ(training->GetOptimizerState().steps, 0);
}

TEST_F(TrainingTest, ANetworkWithItsWeightsFindsTheSameAccuracy) {
  const auto training = Make();
  for (int step = 0; step < 40; ++step) training->Step({});
  training->Backward({});
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
            training->Measure().validation_accuracy);
}

}  // namespace
}  // namespace powerdown
