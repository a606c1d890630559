#include "server/trainer/adamw.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace powerdown {

AdamW::AdamW(const AdamWOptions& options, int64_t size)
    : options_(options), mean_(static_cast<size_t>(size)), square_(static_cast<size_t>(size)) {}

void AdamW::Restore(int64_t steps, std::vector<float> mean, std::vector<float> square) {
  steps_ = steps;
  mean_ = std::move(mean);
  square_ = std::move(square);
}

void AdamW::Step(float* weights, const float* gradient) {
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double warm = std::min(1.0, t / static_cast<double>(options_.warm_up));
  const double rate = options_.learning_rate * warm;
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto keep = static_cast<float>(1 - rate * options_.weight_decay);
  const auto step = static_cast<float>(rate / (1 - std::pow(options_.beta1, t)));
  const auto scale = static_cast<float>(1 / std::sqrt(1 - std::pow(options_.beta2, t)));
  const auto epsilon = static_cast<float>(options_.epsilon);
  float* const mean = mean_.data();
  float* const square = square_.data();
  const size_t size = mean_.size();
  for (size_t i = 0; i < size; ++i) {
    mean[i] = beta1 * mean[i] + (1 - beta1) * gradient[i];
    square[i] = beta2 * square[i] + (1 - beta2) * gradient[i] * gradient[i];
    weights[i] = keep * weights[i] - step * mean[i] / (std::sqrt(square[i]) * scale + epsilon);
  }
}

}  // namespace powerdown
