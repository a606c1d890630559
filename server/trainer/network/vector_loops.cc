#include "server/trainer/network/vector_loops.h"

#include <algorithm>
#include <cmath>

#include "server/trainer/network/vector_clones.h"

namespace powerdown {
namespace {

template <typename Real>
POWERDOWN_INLINE const Real* RowOf(const GatherShape& shape, const Real* table, int64_t question,
                                   int64_t operand) {
  const int64_t symbol = shape.symbols[question * shape.operands + operand];
  return table + (operand * shape.alphabet + symbol) * shape.size;
}

template <typename Real>
POWERDOWN_INLINE void GatherSumLoop(const GatherShape& shape, const Real* table, bool has_relu,
                                    Real* out) {
  const Real least = has_relu ? Real{0} : -INFINITY;
  for (int64_t i = 0; i < shape.questions; ++i, out += shape.size) {
    const Real* first = RowOf(shape, table, i, 0);
    if (shape.operands == 1) {
      for (int64_t j = 0; j < shape.size; ++j) out[j] = std::max(first[j], least);
      continue;
    }
    for (int64_t k = 1; k + 1 < shape.operands; ++k) {
      const Real* row = RowOf(shape, table, i, k);
      for (int64_t j = 0; j < shape.size; ++j) out[j] = first[j] + row[j];
      first = out;
    }
    const Real* last = RowOf(shape, table, i, shape.operands - 1);
    for (int64_t j = 0; j < shape.size; ++j) out[j] = std::max(first[j] + last[j], least);
  }
}

template <typename Real>
POWERDOWN_INLINE void ScatterSumLoop(const GatherShape& shape, const Real* output, Real* from,
                                     Real* table) {
  std::fill(table, table + shape.operands * shape.alphabet * shape.size, Real{0});
  for (int64_t i = 0; i < shape.questions; ++i, from += shape.size) {
    if (output != nullptr) {
      const Real* const on = output + i * shape.size;
      for (int64_t j = 0; j < shape.size; ++j) from[j] = on[j] > 0 ? from[j] : Real{0};
    }
    for (int64_t k = 0; k < shape.operands; ++k) {
      Real* row = const_cast<Real*>(RowOf(shape, table, i, k));
      for (int64_t j = 0; j < shape.size; ++j) row[j] += from[j];
    }
  }
}

// out[j] = start[j] + Σ_h weights[h] rows[h][j], rows `size` apart.
template <typename Real>
POWERDOWN_INLINE void AddHeads(const Real* start, const Real* rows, const Real* weights,
                               int64_t heads, int64_t size, Real* out) {
  int64_t h = 0;
  for (; h + 4 <= heads; h += 4, start = out) {
    const Real* const r = rows + h * size;
    const Real* const w = weights + h;
    for (int64_t j = 0; j < size; ++j) {
      out[j] = start[j] + ((w[0] * r[j] + w[1] * r[j + size]) +
                           (w[2] * r[j + 2 * size] + w[3] * r[j + 3 * size]));
    }
  }
  for (; h < heads; ++h, start = out) {
    for (int64_t j = 0; j < size; ++j) out[j] = start[j] + weights[h] * rows[h * size + j];
  }
}

template <typename Real>
POWERDOWN_INLINE void AttendRowsLoop(const GatherShape& shape, int64_t heads, const Real* table,
                                     const Real* weights, const Real* base, Real* out) {
  for (int64_t i = 0; i < shape.questions; ++i, out += shape.size) {
    const Real* start = base;
    for (int64_t k = 0; k < shape.operands; ++k, weights += heads, start = out) {
      const int64_t symbol = shape.symbols[i * shape.operands + k];
      const Real* rows = table + (k * shape.alphabet + symbol) * heads * shape.size;
      AddHeads(start, rows, weights, heads, shape.size, out);
    }
  }
}

template <typename Real>
POWERDOWN_INLINE void BackwardAttendRowsLoop(const GatherShape& shape, int64_t heads,
                                             const Real* table, const Real* weights,
                                             const Real* from, Real* weights_gradient,
                                             Real* table_gradient, Real* base_gradient) {
  const int64_t size = shape.size;
  std::fill(table_gradient, table_gradient + shape.operands * shape.alphabet * heads * size,
            Real{0});
  std::fill(base_gradient, base_gradient + size, Real{0});
  for (int64_t i = 0; i < shape.questions; ++i, from += size) {
    for (int64_t j = 0; j < size; ++j) base_gradient[j] += from[j];
    for (int64_t k = 0; k < shape.operands; ++k) {
      const int64_t symbol = shape.symbols[i * shape.operands + k];
      const int64_t first = (k * shape.alphabet + symbol) * heads * size;
      for (int64_t h = 0; h < heads; ++h) {
        const Real* const row = table + first + h * size;
        Real* const row_gradient = table_gradient + first + h * size;
        const Real weight = *weights++;
        Real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < size; ++j) {
          sum += row[j] * from[j];
          row_gradient[j] += weight * from[j];
        }
        *weights_gradient++ = sum;
      }
    }
  }
}

template <typename Real>
POWERDOWN_INLINE void ShiftByMaximumLoop(const Real* logits, int64_t rows, int64_t size,
                                         int64_t stride, Real* shifted) {
  for (int64_t i = 0; i < rows; ++i, logits += stride, shifted += size) {
    Real greatest = logits[0];
#pragma omp simd reduction(max : greatest)
    for (int64_t j = 0; j < size; ++j) greatest = std::max(greatest, logits[j]);
    for (int64_t j = 0; j < size; ++j) shifted[j] = logits[j] - greatest;
  }
}

template <typename Real>
POWERDOWN_INLINE double CrossEntropyGradientLoop(const Real* shifted, const Real* exponentials,
                                                 const int64_t* answers, int64_t rows, int64_t size,
                                                 int64_t stride, Real* gradient) {
  double loss = 0;
  const Real share = Real{1} / static_cast<Real>(rows);
  for (int64_t i = 0; i < rows; ++i, shifted += size, exponentials += size, gradient += stride) {
    const int64_t right = answers[i];
    Real others = 0;
#pragma omp simd reduction(+ : others)
    for (int64_t j = 0; j < size; ++j) others += j == right ? Real{0} : exponentials[j];
    const Real scale = share / (others + exponentials[right]);
    for (int64_t j = 0; j < size; ++j) gradient[j] = scale * exponentials[j];
    gradient[right] = -scale * others;
    loss += static_cast<double>(shifted[right] == 0
                                    ? std::log1p(others)
                                    : std::log(others + exponentials[right]) - shifted[right]);
  }
  return loss;
}

}  // namespace

// Clones cannot be made of templates, so each loop is instantiated here by hand; doubles are for
// tests and need no clones.
template <>
POWERDOWN_CLONES void GatherSum(const GatherShape& shape, const float* table, bool has_relu,
                                float* out) {
  GatherSumLoop(shape, table, has_relu, out);
}
template <>
void GatherSum(const GatherShape& shape, const double* table, bool has_relu, double* out) {
  GatherSumLoop(shape, table, has_relu, out);
}

template <>
POWERDOWN_CLONES void ScatterSum(const GatherShape& shape, const float* output, float* from,
                                 float* table) {
  ScatterSumLoop(shape, output, from, table);
}
template <>
void ScatterSum(const GatherShape& shape, const double* output, double* from, double* table) {
  ScatterSumLoop(shape, output, from, table);
}

template <>
POWERDOWN_CLONES void AttendRows(const GatherShape& shape, int64_t heads, const float* table,
                                 const float* weights, const float* base, float* out) {
  AttendRowsLoop(shape, heads, table, weights, base, out);
}
template <>
void AttendRows(const GatherShape& shape, int64_t heads, const double* table, const double* weights,
                const double* base, double* out) {
  AttendRowsLoop(shape, heads, table, weights, base, out);
}

template <>
POWERDOWN_CLONES void BackwardAttendRows(const GatherShape& shape, int64_t heads,
                                         const float* table, const float* weights,
                                         const float* from, float* weights_gradient,
                                         float* table_gradient, float* base_gradient) {
  BackwardAttendRowsLoop(shape, heads, table, weights, from, weights_gradient, table_gradient,
                         base_gradient);
}
template <>
void BackwardAttendRows(const GatherShape& shape, int64_t heads, const double* table,
                        const double* weights, const double* from, double* weights_gradient,
                        double* table_gradient, double* base_gradient) {
  BackwardAttendRowsLoop(shape, heads, table, weights, from, weights_gradient, table_gradient,
                         base_gradient);
}

template <>
POWERDOWN_CLONES void ShiftByMaximum(const float* logits, int64_t rows, int64_t size,
                                     int64_t stride, float* shifted) {
  ShiftByMaximumLoop(logits, rows, size, stride, shifted);
}
template <>
void ShiftByMaximum(const double* logits, int64_t rows, int64_t size, int64_t stride,
                    double* shifted) {
  ShiftByMaximumLoop(logits, rows, size, stride, shifted);
}

template <>
POWERDOWN_CLONES double CrossEntropyGradient(const float* shifted, const float* exponentials,
                                             const int64_t* answers, int64_t rows, int64_t size,
                                             int64_t stride, float* gradient) {
  return CrossEntropyGradientLoop(shifted, exponentials, answers, rows, size, stride, gradient);
}
template <>
double CrossEntropyGradient(const double* shifted, const double* exponentials,
                            const int64_t* answers, int64_t rows, int64_t size, int64_t stride,
                            double* gradient) {
  return CrossEntropyGradientLoop(shifted, exponentials, answers, rows, size, stride, gradient);
}

}  // namespace powerdown
