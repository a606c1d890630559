// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) on a flat buffer: decoupled weight decay,
// bias correction, a linear warm-up. One pass over memory a step; no threads.
#pragma once

#include <cstdint>
#include <vector>

namespace powerdown {

struct AdamWOptions {
  double learning_rate = 3e-3;
  double weight_decay = 3.0;
  double beta1 = 0.9;
  double beta2 = 0.98;  // as in Power et al. 2022 (arXiv 2201.02177)
  double epsilon = 1e-8;
  int64_t warm_up = 10;
};

// Real: float, or double in tests.
template <typename Real>
class AdamW {
 public:
  AdamW(const AdamWOptions& options, int64_t size);
  // One update of `size` weights.
  void Step(Real* weights, const Real* gradient);

  int64_t steps() const { return steps_; }
  const std::vector<Real>& mean() const { return mean_; }
  const std::vector<Real>& square() const { return square_; }
  void Restore(int64_t steps, std::vector<Real> mean, std::vector<Real> square);

 private:
  const AdamWOptions options_;
  int64_t steps_ = 0;
  std::vector<Real> mean_;    // first moment
  std::vector<Real> square_;  // second moment
};

}  // namespace powerdown
