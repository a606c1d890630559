#include "server/trainer/adamw.h"

#include <cmath>

namespace powerdown {

void UpdateAdamW(int64_t step, double learning_rate, double weight_decay, int64_t size,
                 const float* gradient, float* weights, float* mean, float* square) {
  const auto t = static_cast<double>(step);
  const auto beta1 = static_cast<float>(kAdamWBeta1);
  const auto beta2 = static_cast<float>(kAdamWBeta2);
  const auto keep = static_cast<float>(1 - learning_rate * weight_decay);
  const auto length = static_cast<float>(learning_rate / (1 - std::pow(kAdamWBeta1, t)));
  const auto scale = static_cast<float>(1 / std::sqrt(1 - std::pow(kAdamWBeta2, t)));
  const auto epsilon = static_cast<float>(kAdamWEpsilon);
  for (int64_t i = 0; i < size; ++i) {
    mean[i] = beta1 * mean[i] + (1 - beta1) * gradient[i];
    square[i] = beta2 * square[i] + (1 - beta2) * gradient[i] * gradient[i];
    weights[i] = keep * weights[i] - length * mean[i] / (std::sqrt(square[i]) * scale + epsilon);
  }
}

}  // namespace powerdown
