#include "common/run/run_memory.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr double kFloat = 4;
constexpr double kWhole = 8;  // an int64 of a question
// LibTorch 1.13 with OpenBLAS, before any training; measured on Debian 12.
constexpr double kProgram = 200e6;
// Copies of all weights: the weights and their gradient, up to three buffers of an optimiser, the
// features' start, three snapshots, and all of them but the gradient twice in a checkpoint that is
// being written.
constexpr double kCopies = 25;
// Frames for quizzes, in memory and being written (FrameKeeper::kMostBytes).
constexpr double kFrames = 2 * (24 << 20);
// Of one evaluation's loss: what is left of the logits and their exponentials.
constexpr double kLossLogits = 3;

struct Sizes {
  Sizes(const RunSpec& spec, const TaskTable& table)
      : width(static_cast<double>(spec.width)),
        hidden(static_cast<double>(spec.hidden)),
        layers(static_cast<double>(spec.layers)),
        heads(static_cast<double>(spec.heads)),
        operands(static_cast<double>(table.operands)),
        tokens(operands + 1),
        symbols(static_cast<double>(table.symbols)),
        classes(static_cast<double>(table.classes)) {}
  double width, hidden, layers, heads, operands, tokens, symbols, classes;
};

// As MakeEngine decides on a CPU.
bool HasTables(const RunSpec& spec, const TaskTable& table, int64_t batch) {
  const bool is_simple = spec.model == "transformer" && spec.layers == 1 &&
                         spec.layer_norm == "off" && spec.position == "learned";
  return (spec.model == "mlp" || is_simple) && batch >= table.symbols;
}

// Of one pair, in floats: FastMlp, FastTransformer, and the plain modules under autograd.
double StepFloats(const RunSpec& spec, const Sizes& of, bool has_tables) {
  const bool is_transformer = spec.model == "transformer";
  if (has_tables && is_transformer) {
    return 4 * of.heads * of.tokens + 3 * of.hidden + 5 * of.classes;
  }
  if (has_tables) return of.layers * 3 * of.hidden + 4 * of.classes;
  const double logits = 5 * of.classes;
  if (is_transformer) {
    const double attention = 4 * of.heads * of.tokens;
    return of.tokens * (3 * of.width + of.layers * (8 * of.width + 3 * of.hidden + attention)) +
           logits;
  }
  if (spec.model == "quadratic") return (of.operands + 4) * of.hidden + logits;
  return 2 * of.operands * of.width + of.layers * 3 * of.hidden + logits;
}

// The same without a gradient: a layer's values go when the next layer's are there.
double EvaluationFloats(const RunSpec& spec, const Sizes& of, bool has_tables) {
  const bool is_transformer = spec.model == "transformer";
  const double logits = (1 + kLossLogits) * of.classes;
  if (has_tables && is_transformer) {
    return 2 * of.heads * of.tokens + 2 * of.hidden + of.classes + logits;
  }
  if (has_tables) return of.layers * 2 * of.hidden + logits;
  if (is_transformer) {
    return of.tokens * (5 * of.width + 3 * of.hidden + 3 * of.heads * of.tokens) + logits;
  }
  if (spec.model == "quadratic") return (of.operands + 2) * of.hidden + logits;
  return of.operands * of.width + 2 * of.hidden + logits;
}

// The engines' tables, with their gradients.
double TableFloats(const RunSpec& spec, const Sizes& of, bool has_tables) {
  if (!has_tables) return 0;
  const double rows = of.operands * of.symbols;
  if (spec.model != "transformer") return 2 * rows * of.hidden + of.symbols * of.width;
  return 2 * rows * of.heads * (of.hidden + of.classes) + 6 * rows * of.width;
}

}  // namespace

double MemoryNeed::total() const {
  return kProgram + state + step + evaluation;
}

double WeightsOf(const RunSpec& spec, const TaskTable& table) {
  const Sizes of(spec, table);
  if (spec.model == "quadratic")
    return of.operands * of.symbols * of.hidden + of.hidden * of.classes;
  if (spec.model == "transformer") {
    const double block = 4 * of.width * of.width + 2 * of.width * of.hidden + of.hidden + of.width;
    return (of.symbols + 1 + of.tokens + of.classes) * of.width + of.layers * block;
  }
  return of.symbols * of.width + of.operands * of.width * of.hidden +
         (of.layers - 1) * of.hidden * of.hidden + of.layers * of.hidden +
         (of.hidden + 1) * of.classes;
}

MemoryNeed MemoryOf(const RunSpec& spec, const TaskTable& table, int64_t train_pairs) {
  const Sizes of(spec, table);
  const int64_t held_out = table.size() - train_pairs;
  const int64_t batch = spec.batch_size == 0 ? train_pairs : spec.batch_size;
  const bool has_tables = HasTables(spec, table, batch);
  // With a part of the pairs a step, the training side is evaluated as the held-out side is.
  const int64_t side = spec.batch_size == 0 ? held_out : std::max(held_out, train_pairs);
  const int64_t evaluated = std::min(side, kMostScoredPairs);
  MemoryNeed need;
  need.step = kFloat * static_cast<double>(batch) * StepFloats(spec, of, has_tables);
  need.evaluation =
      kFloat * static_cast<double>(evaluated) * EvaluationFloats(spec, of, has_tables);
  // The table, both sides of its split, and both as tensors.
  const double questions = 3 * kWhole * static_cast<double>(table.size()) * (of.operands + 1);
  // The waves that features project onto, one for each symbol, made in doubles.
  const double waves = (kFloat + 2 * kWhole) * of.symbols * of.symbols;
  need.state = kCopies * kFloat * WeightsOf(spec, table) + kFrames +
               kFloat * TableFloats(spec, of, has_tables) + questions + waves;
  return need;
}

}  // namespace powerdown
