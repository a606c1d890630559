#include "server/trainer/network/feature_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "server/trainer/network/engine.h"
#include "tests/server/trainer/network/tensor_dataset.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

constexpr int64_t kSymbols = 11;

torch::Tensor Waves() {
  return WavesOver(kSymbols, torch::kFloat32);
}

torch::Tensor Column(double frequency) {
  return torch::cos(torch::arange(kSymbols, torch::kFloat32) * (2 * M_PI * frequency / kSymbols) +
                    0.3)
      .unsqueeze(1);
}

TEST(FeatureProbeTest, OneWaveIsConcentratedAndNoiseIsNot) {
  EXPECT_NEAR(SpectralConcentration(Column(3), Waves()), 1, 1e-5);
  EXPECT_NEAR(SpectralConcentration(Column(3) + Column(5), Waves()), 0.5, 1e-5);
  EXPECT_NEAR(SpectralConcentration(Column(3) + 7, Waves()), 1, 1e-4);  // a constant has no say
  const torch::Tensor impulse = torch::zeros({kSymbols, 1});
  impulse[4][0] = 1;
  EXPECT_NEAR(SpectralConcentration(impulse, Waves()), 1.0 / 5, 1e-5);
}

TEST(FeatureProbeTest, ParticipationRankCountsEqualSingularValues) {
  EXPECT_NEAR(ParticipationRank(torch::eye(6)), 6, 1e-5);
  EXPECT_NEAR(ParticipationRank(torch::ones({9, 4})), 1, 1e-5);
  const torch::Tensor two = torch::diag(torch::tensor({3.F, 3.F, 0.F}));
  EXPECT_NEAR(ParticipationRank(two), 2, 1e-5);
}

class FeaturesOfTinyRunTest : public testing::Test {
 protected:
  FeaturesOfTinyRunTest()
      : dataset_(TinySpec()),
        model_(TinySpec(), dataset_.table, torch::Device(torch::kCPU)),
        probe_(model_.flat().detach(), dataset_.table),
        engine_(MakeEngine(EngineKind::kPlain, TinySpec(), dataset_.table, dataset_.train.size(),
                           model_)) {
    engine_->Backward(dataset_.train, output_);
  }
  ProbedWeights Probed() const {
    return {model_.parameters(), model_.flat().detach(), model_.gradient()};
  }
  double Value(Feature feature) {
    return probe_.Measure(Probed(), output_, dataset_.train.answers)[static_cast<size_t>(feature)];
  }

  TensorDataset dataset_;
  Model model_;
  FeatureProbe probe_;
  std::unique_ptr<Engine> engine_;
  Model::Output output_;
};

TEST_F(FeaturesOfTinyRunTest, NormsOfTheParts) {
  double square = 0;
  for (const NamedParameter& parameter : model_.parameters()) {
    if (parameter.role == ParameterRole::kBias) continue;
    square += std::pow(parameter.value.norm().item<double>(), 2);
  }
  EXPECT_NEAR(std::pow(Value(Feature::kEmbeddingNorm), 2) +
                  std::pow(Value(Feature::kHiddenNorm), 2) +
                  std::pow(Value(Feature::kUnembeddingNorm), 2),
              square, 1e-3);
}

TEST_F(FeaturesOfTinyRunTest, CosinesFollowTheWeights) {
  EXPECT_NEAR(Value(Feature::kStartCosine), 1, 1e-6);
  model_.flat().detach().neg_();
  EXPECT_NEAR(Value(Feature::kStartCosine), -1, 1e-6);
  model_.gradient().copy_(3 * model_.flat().detach());
  EXPECT_NEAR(Value(Feature::kRadialShare), 1, 1e-6);
}

TEST_F(FeaturesOfTinyRunTest, LogitsOfKnownMargins) {
  const torch::Tensor answers = torch::tensor({0, 1});
  const Model::Output output{torch::tensor({{3.F, 1.F, -2.F}, {40.F, 100.F, 0.F}}),
                             torch::tensor({{1.F, 0.F, 0.F, 0.F}, {1.F, 1.F, 1.F, 1.F}})};
  const FeatureValues values = probe_.Measure(Probed(), output, answers);
  const auto value = [&](Feature feature) { return values[static_cast<size_t>(feature)]; };
  EXPECT_NEAR(value(Feature::kLogitScale), 146.0 / 6, 1e-4);
  EXPECT_NEAR(value(Feature::kMargin), (2 + 60) / 2.0, 1e-4);
  EXPECT_NEAR(value(Feature::kCollapsedShare), 0.5, 1e-6);
  EXPECT_NEAR(value(Feature::kHoyerSparsity), 0.5, 1e-5);  // 1 for one unit, 0 for all alike
}

TEST(FeatureProbeTest, EveryKindOfNetworkHasItsFeatures) {
  RunSpec quadratic = TinySpec();
  quadratic.model = "quadratic";
  for (const RunSpec& spec : {TinySpec(), TinyTransformer(), quadratic}) {
    TinyRun run(spec);
    ASSERT_TRUE(run.ToEnd().ok());
    for (const StepLine& line : run.Said<StepLine>()) {
      if (line.features.empty()) continue;
      ASSERT_EQ(line.features.size(), Features().size());
      for (const FeatureDescription& described : Features()) {
        const bool has_none =
            spec.model == "quadratic" && described.feature == Feature::kHiddenNorm;
        EXPECT_EQ(std::isnan(line.features[static_cast<size_t>(described.feature)]), has_none)
            << spec.model << " " << described.name;
      }
    }
  }
}

// The embedding of a network that has understood addition is made of few waves (Nanda et al. 2023).
TEST(FeatureProbeTest, ConcentrationRisesFromMemorisedToGrokked) {
  RunSpec spec;
  spec.model = "quadratic";
  spec.modulus = 31;
  spec.hidden = 128;
  spec.loss = "mse";
  spec.learning_rate = 0.01;
  spec.weight_decay = 1;
  spec.max_steps = 400;
  TinyRun run(spec);
  ASSERT_TRUE(run.ToEnd().ok());
  const std::vector<StepLine> lines = run.Said<StepLine>();
  const auto at = static_cast<size_t>(Feature::kEmbeddingConcentration);
  EXPECT_GT(lines.back().evaluation.validation_accuracy, 0.99);
  const auto last = std::find_if(lines.rbegin(), lines.rend(),
                                 [](const StepLine& line) { return !line.features.empty(); });
  EXPECT_GT(last->features[at], 2 * lines.front().features[at]);
}

}  // namespace
}  // namespace powerdown
