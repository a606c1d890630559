// The loops of the fast engines that no library call covers: gathers from tables, sums into them,
// and softmax. Plain row-major memory, no allocation, no threads. Each is compiled for several
// instruction sets; the machine's best is taken at load. Defined for float and double.
#pragma once

#include <cstdint>

namespace powerdown {

// n questions of k operands; operand j of question i is symbol symbols[i * operands + j]. A table
// has a row for every operand and symbol: row j * alphabet + symbol.
struct GatherShape {
  const int64_t* symbols;
  int64_t questions;
  int64_t operands;
  int64_t alphabet;
  int64_t size;  // entries of a row
};

// out[i] = sum of question i's rows of table [operands x alphabet, size], with `has_relu` at least
// 0. out: [questions, size].
template <typename Real>
void GatherSum(const GatherShape& shape, const Real* table, bool has_relu, Real* out);

// The reverse: table row += from[i] for each row of question i. table: overwritten. Where `output`
// is given, from is first set to 0 where output is 0 (the gradient of ReLU).
template <typename Real>
void ScatterSum(const GatherShape& shape, const Real* output, Real* from, Real* table);

// Attention over table rows. weights: [questions, operands, heads], table: [operands x alphabet,
// heads, size], base: [size]; out[i] = base + Σ weights · rows: [questions, size].
template <typename Real>
void AttendRows(const GatherShape& shape, int64_t heads, const Real* table, const Real* weights,
                const Real* base, Real* out);

// The reverse of AttendRows for the gradient `from` of out; the three last are overwritten.
template <typename Real>
void BackwardAttendRows(const GatherShape& shape, int64_t heads, const Real* table,
                        const Real* weights, const Real* from, Real* weights_gradient,
                        Real* table_gradient, Real* base_gradient);

// shifted[i] = logits[i] − max, rows `stride` apart in logits and dense in shifted: [rows, size].
template <typename Real>
void ShiftByMaximum(const Real* logits, int64_t rows, int64_t size, int64_t stride, Real* shifted);

// From shifted logits and their exponentials: the sum over rows of the cross-entropy with answers;
// gradient[i] = (softmax − one-hot) / rows, rows `stride` apart. Small differences of
// probabilities to 1 keep their precision.
template <typename Real>
double CrossEntropyGradient(const Real* shifted, const Real* exponentials, const int64_t* answers,
                            int64_t rows, int64_t size, int64_t stride, Real* gradient);

}  // namespace powerdown
