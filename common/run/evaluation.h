// One measurement of a model on its training and held-out questions, and what is derived from a
// sequence of them: when to evaluate, when it memorised, when it grokked. Pure.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/run/run_spec.h"

namespace powerdown {

// State after `step` optimiser updates. Accuracies are fractions. Of a training loop written
// elsewhere a loss may not be known, which is not a loss that is NaN.
struct Evaluation {
  int64_t step = 0;
  std::optional<double> train_loss = 0;
  double train_accuracy = 0;  // NaN: not measured at this step
  std::optional<double> validation_loss = 0;
  double validation_accuracy = 0;
};

// Whether both accuracies were measured. Rules and forecasts are told of no other step.
inline bool IsEvaluated(const Evaluation& evaluation) {
  return !std::isnan(evaluation.train_accuracy) && !std::isnan(evaluation.validation_accuracy);
}

inline constexpr double kMemorisedAccuracy = 0.99;
inline constexpr double kGrokkedAccuracy = 0.99;
inline constexpr int kGrokWindow = 3;
inline constexpr double kGrokWindowShare = 0.01;  // of the steps so far

// memorised_step: first evaluation with train accuracy ≥ 0.99. grok_step: start of the first three
// consecutive evaluations with validation accuracy ≥ 0.99 that span at least 1% of the steps so far
// (docs/forecasts.md). The window may hold more than three when three span too little.
class GrokTracker {
 public:
  explicit GrokTracker(double threshold = kGrokkedAccuracy, int window = kGrokWindow,
                       double window_share = kGrokWindowShare)
      : threshold_(threshold), window_(window), window_share_(window_share) {}

  void Observe(const Evaluation& evaluation);
  std::optional<int64_t> memorised_step() const { return memorised_step_; }
  std::optional<int64_t> grok_step() const { return grok_step_; }
  // Evaluations with validation accuracy ≥ 0.99 in an unbroken row up to now; its first step.
  int64_t held_evaluations() const { return held_evaluations_; }
  std::optional<int64_t> held_since() const { return held_since_; }
  // Whether that row is by now a window: long enough in evaluations and in steps.
  bool holds_window() const { return holds_window_; }

 private:
  double threshold_;
  int window_;
  double window_share_;
  std::optional<int64_t> memorised_step_;
  std::optional<int64_t> grok_step_;
  std::optional<int64_t> held_since_;
  int64_t held_evaluations_ = 0;
  bool holds_window_ = false;
};

// Says at which steps to evaluate, from the spec and past evaluations alone, so that equal specs
// are evaluated at equal steps. With evaluate_every = N: every N steps. With auto the gap is
// max(floor, 2% of the step), and max(floor, 1% of the step) while validation accuracy is in
// (0.5, 0.99), or is higher but has not yet been held for a grok window; the floor is max(10, what
// keeps evaluation under 5% of the arithmetic of training). Step 0 is always due; max_steps is
// evaluated by the trainer besides. To resume a run, Observe its earlier evaluations.
class EvaluationSchedule {
 public:
  EvaluationSchedule(const RunSpec& spec, int64_t train_pairs, int64_t validation_pairs);
  bool IsDue(int64_t step) const { return step >= next_step_; }
  void Observe(const Evaluation& evaluation);  // sets the next due step
  int64_t next_step() const { return next_step_; }

 private:
  int64_t every_ = 0;
  int64_t floor_ = 10;
  int64_t next_step_ = 0;
  GrokTracker tracker_;
};

}  // namespace powerdown
