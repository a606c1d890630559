#include "server/trainer/network/adamw.h"

#include <cmath>

#include "server/trainer/network/vector_clones.h"

namespace powerdown {
namespace {

struct Factors {
  double keep, length, scale;
};

template <typename Real>
POWERDOWN_INLINE void Update(const Factors& by, int64_t size, const Real* gradient, Real* mean,
                             Real* square, Real* weights) {
  const auto beta1 = static_cast<Real>(kAdamWBeta1);
  const auto beta2 = static_cast<Real>(kAdamWBeta2);
  const auto epsilon = static_cast<Real>(kAdamWEpsilon);
  const auto keep = static_cast<Real>(by.keep);
  const auto length = static_cast<Real>(by.length);
  const auto scale = static_cast<Real>(by.scale);
  for (int64_t i = 0; i < size; ++i) {
    mean[i] = beta1 * mean[i] + (1 - beta1) * gradient[i];
    square[i] = beta2 * square[i] + (1 - beta2) * gradient[i] * gradient[i];
    weights[i] = keep * weights[i] - length * mean[i] / (std::sqrt(square[i]) * scale + epsilon);
  }
}

POWERDOWN_CLONES void UpdateAll(const Factors& by, int64_t size, const float* gradient, float* mean,
                                float* square, float* weights) {
  Update(by, size, gradient, mean, square, weights);
}

void UpdateAll(const Factors& by, int64_t size, const double* gradient, double* mean,
               double* square, double* weights) {
  Update(by, size, gradient, mean, square, weights);
}

}  // namespace

template <typename Real>
void UpdateAdamW(int64_t step, double learning_rate, double weight_decay, int64_t size,
                 const Real* gradient, Real* weights, Real* mean, Real* square) {
  const auto t = static_cast<double>(step);
  const Factors factors{1 - learning_rate * weight_decay,
                        learning_rate / (1 - std::pow(kAdamWBeta1, t)),
                        1 / std::sqrt(1 - std::pow(kAdamWBeta2, t))};
  UpdateAll(factors, size, gradient, mean, square, weights);
}

template void UpdateAdamW<float>(int64_t, double, double, int64_t, const float*, float*, float*,
                                 float*);
template void UpdateAdamW<double>(int64_t, double, double, int64_t, const double*, double*, double*,
                                  double*);

}  // namespace powerdown
