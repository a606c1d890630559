// The loop of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101): one pass over memory a step; no
// allocation, no threads.
#pragma once

#include <cstdint>

namespace powerdown {

inline constexpr double kAdamWBeta1 = 0.9;
inline constexpr double kAdamWBeta2 = 0.98;  // as in Power et al. 2022 (arXiv 2201.02177)
inline constexpr double kAdamWEpsilon = 1e-8;

// The `step`th update (from 1) of `size` weights; mean and square are its moments. Real: float, or
// double in tests.
template <typename Real>
void UpdateAdamW(int64_t step, double learning_rate, double weight_decay, int64_t size,
                 const Real* gradient, Real* weights, Real* mean, Real* square);

}  // namespace powerdown
