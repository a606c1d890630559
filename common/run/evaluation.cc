#include "common/run/evaluation.h"

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

constexpr double kEvaluationShare = 0.05;  // of the arithmetic of training
constexpr double kRisingAccuracy = 0.5;    // from here on a grok may be close
constexpr int64_t kCoarseDivisor = 50;     // 2% of the step
constexpr int64_t kFineDivisor = 100;      // 1%: finer costs more than 1% of a small run

// Arithmetic of one evaluation relative to one step. A step's backward pass costs twice its forward
// pass; with full batches its forward pass is the evaluation of the training pairs as well.
double EvaluationCost(const RunSpec& spec, int64_t train_pairs, int64_t validation_pairs) {
  const bool is_full = spec.batch_size == 0;
  const double evaluated =
      static_cast<double>(is_full ? validation_pairs : train_pairs + validation_pairs);
  const double trained = static_cast<double>(is_full ? train_pairs : spec.batch_size);
  return trained > 0 ? evaluated / (3 * trained) : 0;
}

}  // namespace

EvaluationSchedule::EvaluationSchedule(const RunSpec& spec, int64_t train_pairs,
                                       int64_t validation_pairs)
    : every_(spec.evaluate_every) {
  const double cost = EvaluationCost(spec, train_pairs, validation_pairs);
  floor_ = std::max<int64_t>(10, static_cast<int64_t>(std::ceil(cost / kEvaluationShare)));
}

void EvaluationSchedule::Observe(const Evaluation& evaluation) {
  tracker_.Observe(evaluation);
  const int64_t step = evaluation.step;
  if (every_ > 0) {
    next_step_ = (step / every_ + 1) * every_;
    return;
  }
  const bool may_be_grokking =
      evaluation.validation_accuracy > kRisingAccuracy && !tracker_.holds_window();
  next_step_ = step + std::max(floor_, step / (may_be_grokking ? kFineDivisor : kCoarseDivisor));
}

void GrokTracker::Observe(const Evaluation& evaluation) {
  if (!memorised_step_ && evaluation.train_accuracy >= kMemorisedAccuracy) {
    memorised_step_ = evaluation.step;
  }
  if (!(evaluation.validation_accuracy >= threshold_)) {
    held_since_.reset();
    held_evaluations_ = 0;
    holds_window_ = false;
    return;
  }
  if (held_evaluations_++ == 0) held_since_ = evaluation.step;
  const double span = static_cast<double>(evaluation.step - *held_since_);
  holds_window_ =
      held_evaluations_ >= window_ && span >= window_share_ * static_cast<double>(evaluation.step);
  if (holds_window_ && !grok_step_) grok_step_ = held_since_;
}

}  // namespace powerdown
