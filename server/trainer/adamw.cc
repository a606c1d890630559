#include "server/trainer/adamw.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "server/trainer/vector_clones.h"

namespace powerdown {
namespace {

struct Factors {
  double beta1, beta2, keep, step, scale, epsilon;
};

template <typename Real>
POWERDOWN_INLINE void Update(const Factors& by, size_t size, const Real* gradient, Real* mean,
                             Real* square, Real* weights) {
  const auto beta1 = static_cast<Real>(by.beta1);
  const auto beta2 = static_cast<Real>(by.beta2);
  const auto keep = static_cast<Real>(by.keep);
  const auto step = static_cast<Real>(by.step);
  const auto scale = static_cast<Real>(by.scale);
  const auto epsilon = static_cast<Real>(by.epsilon);
  for (size_t i = 0; i < size; ++i) {
    mean[i] = beta1 * mean[i] + (1 - beta1) * gradient[i];
    square[i] = beta2 * square[i] + (1 - beta2) * gradient[i] * gradient[i];
    weights[i] = keep * weights[i] - step * mean[i] / (std::sqrt(square[i]) * scale + epsilon);
  }
}

POWERDOWN_CLONES void UpdateAll(const Factors& by, size_t size, const float* gradient, float* mean,
                                float* square, float* weights) {
  Update(by, size, gradient, mean, square, weights);
}

void UpdateAll(const Factors& by, size_t size, const double* gradient, double* mean, double* square,
               double* weights) {
  Update(by, size, gradient, mean, square, weights);
}

}  // namespace

template <typename Real>
AdamW<Real>::AdamW(const AdamWOptions& options, int64_t size)
    : options_(options), mean_(static_cast<size_t>(size)), square_(static_cast<size_t>(size)) {}

template <typename Real>
void AdamW<Real>::Restore(int64_t steps, std::vector<Real> mean, std::vector<Real> square) {
  steps_ = steps;
  mean_ = std::move(mean);
  square_ = std::move(square);
}

template <typename Real>
void AdamW<Real>::Step(Real* weights, const Real* gradient) {
  ++steps_;
  const double t = static_cast<double>(steps_);
  const double warm = std::min(1.0, t / static_cast<double>(options_.warm_up));
  const double rate = options_.learning_rate * warm;
  const Factors factors{options_.beta1,
                        options_.beta2,
                        1 - rate * options_.weight_decay,
                        rate / (1 - std::pow(options_.beta1, t)),
                        1 / std::sqrt(1 - std::pow(options_.beta2, t)),
                        options_.epsilon};
  UpdateAll(factors, mean_.size(), gradient, mean_.data(), square_.data(), weights);
}

template class AdamW<float>;
template class AdamW<double>;

}  // namespace powerdown
