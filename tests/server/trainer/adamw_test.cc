#include "server/trainer/adamw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

constexpr int64_t kSize = 33;  // no multiple of any vector width

float Gradient(int64_t i, int64_t step) {
  return static_cast<float>(
      std::sin(0.7 * static_cast<double>(i) + 1.3 * static_cast<double>(step)) *
      std::pow(10.0, static_cast<double>(i % 5) - 3));
}

std::vector<float> Gradients(int64_t step) {
  std::vector<float> gradient;
  for (int64_t i = 0; i < kSize; ++i) gradient.push_back(Gradient(i, step));
  return gradient;
}

std::vector<float> Weights() {
  std::vector<float> weights;
  for (int64_t i = 0; i < kSize; ++i) weights.push_back(0.1F * static_cast<float>(i) - 1.5F);
  return weights;
}

// Loshchilov and Hutter 2019, algorithm 2, as printed, in float64.
std::vector<double> Reference(const AdamWOptions& options, int64_t steps) {
  std::vector<double> weights;
  for (const float weight : Weights()) weights.push_back(weight);
  std::vector<double> mean(kSize);
  std::vector<double> square(kSize);
  for (int64_t t = 1; t <= steps; ++t) {
    const double warm =
        std::min(1.0, static_cast<double>(t) / static_cast<double>(options.warm_up));
    for (int64_t i = 0; i < kSize; ++i) {
      const double gradient = Gradient(i, t);
      const auto k = static_cast<size_t>(i);
      mean[k] = options.beta1 * mean[k] + (1 - options.beta1) * gradient;
      square[k] = options.beta2 * square[k] + (1 - options.beta2) * gradient * gradient;
      const double m = mean[k] / (1 - std::pow(options.beta1, t));
      const double v = square[k] / (1 - std::pow(options.beta2, t));
      weights[k] -= warm * options.learning_rate *
                    (m / (std::sqrt(v) + options.epsilon) + options.weight_decay * weights[k]);
    }
  }
  return weights;
}

void ExpectMatchesReference(const AdamWOptions& options) {
  AdamW<float> optimizer(options, kSize);
  std::vector<float> weights = Weights();
  for (int64_t t = 1; t <= 100; ++t) optimizer.Step(weights.data(), Gradients(t).data());
  const std::vector<double> expected = Reference(options, 100);
  for (size_t i = 0; i < weights.size(); ++i) EXPECT_NEAR(weights[i], expected[i], 2e-5) << i;
}

TEST(AdamWTest, MatchesThePaperOverAHundredSteps) {
  ExpectMatchesReference({.learning_rate = 1e-2, .weight_decay = 1});
}

TEST(AdamWTest, MatchesThePaperWithoutDecayOrWarmUp) {
  ExpectMatchesReference({.learning_rate = 3e-3, .weight_decay = 0, .warm_up = 1});
}

TEST(AdamWTest, DecayAloneShrinksWeightsGeometrically) {
  const AdamWOptions options = {.learning_rate = 0.1, .weight_decay = 0.5, .warm_up = 1};
  AdamW<float> optimizer(options, kSize);
  std::vector<float> weights = Weights();
  const std::vector<float> nothing(kSize);
  for (int i = 0; i < 10; ++i) optimizer.Step(weights.data(), nothing.data());
  EXPECT_NEAR(weights[0], -1.5 * std::pow(0.95, 10), 1e-6);
}

TEST(AdamWTest, GoesOnFromItsStateToTheBit) {
  const AdamWOptions options;
  AdamW<float> optimizer(options, kSize);
  std::vector<float> weights = Weights();
  for (int64_t t = 1; t <= 7; ++t) optimizer.Step(weights.data(), Gradients(t).data());
  AdamW<float> restored(options, kSize);
  restored.Restore(optimizer.steps(), optimizer.mean(), optimizer.square());
  std::vector<float> copy = weights;
  for (int64_t t = 8; t <= 15; ++t) {
    optimizer.Step(weights.data(), Gradients(t).data());
    restored.Step(copy.data(), Gradients(t).data());
  }
  EXPECT_EQ(copy, weights);
}

}  // namespace
}  // namespace powerdown
