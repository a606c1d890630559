#include "server/trainer/network/adamw.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace powerdown {
namespace {

constexpr int64_t kSize = 33;  // no multiple of any vector width

// From 1e-3 to 10, both signs.
float Gradient(int64_t i, int64_t step) {
  const double wave = std::sin(0.7 * static_cast<double>(i) + 1.3 * static_cast<double>(step));
  return static_cast<float>(wave * std::pow(10.0, static_cast<double>(i % 5) - 3));
}

struct State {
  std::vector<float> weights;
  std::vector<float> mean = std::vector<float>(kSize);
  std::vector<float> square = std::vector<float>(kSize);
  State() {
    for (int64_t i = 0; i < kSize; ++i) weights.push_back(0.1F * static_cast<float>(i) - 1.5F);
  }
  void Update(int64_t step, double learning_rate, double weight_decay) {
    std::vector<float> gradient;
    for (int64_t i = 0; i < kSize; ++i) gradient.push_back(Gradient(i, step));
    UpdateAdamW(step, learning_rate, weight_decay, kSize, gradient.data(), weights.data(),
                mean.data(), square.data());
  }
};

// Loshchilov and Hutter 2019, algorithm 2, as printed, in float64.
std::vector<double> Reference(double learning_rate, double weight_decay, int64_t steps) {
  const State start;
  std::vector<double> weights(start.weights.begin(), start.weights.end());
  std::vector<double> mean(kSize);
  std::vector<double> square(kSize);
  for (int64_t t = 1; t <= steps; ++t) {
    for (size_t i = 0; i < weights.size(); ++i) {
      const double gradient = Gradient(static_cast<int64_t>(i), t);
      mean[i] = 0.9 * mean[i] + 0.1 * gradient;
      square[i] = 0.98 * square[i] + 0.02 * gradient * gradient;
      const double m = mean[i] / (1 - std::pow(0.9, t));
      const double v = square[i] / (1 - std::pow(0.98, t));
      weights[i] -= learning_rate * (m / (std::sqrt(v) + 1e-8) + weight_decay * weights[i]);
    }
  }
  return weights;
}

void ExpectMatchesReference(double learning_rate, double weight_decay) {
  State state;
  for (int64_t t = 1; t <= 100; ++t) state.Update(t, learning_rate, weight_decay);
  const std::vector<double> expected = Reference(learning_rate, weight_decay, 100);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(state.weights[i], expected[i], 2e-5) << i;
  }
}

TEST(AdamWTest, MatchesThePaperOverAHundredSteps) {
  ExpectMatchesReference(1e-2, 1);
}

TEST(AdamWTest, MatchesThePaperWithoutDecay) {
  ExpectMatchesReference(3e-3, 0);
}

TEST(AdamWTest, DecayAloneShrinksWeightsGeometrically) {
  State state;
  const std::vector<float> nothing(kSize);
  for (int64_t t = 1; t <= 10; ++t) {
    UpdateAdamW(t, 0.1, 0.5, kSize, nothing.data(), state.weights.data(), state.mean.data(),
                state.square.data());
  }
  EXPECT_NEAR(state.weights[0], -1.5 * std::pow(0.95, 10), 1e-6);
}

}  // namespace
}  // namespace powerdown
