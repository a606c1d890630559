// The stop rule: stops at the high plateau and at no other (docs/forecasts.md). Pure: the
// decision depends on the evaluations alone, so the same spec stops at the same step every time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/run/evaluation.h"
#include "common/run/run.h"
#include "common/run/stop_decision.h"

namespace powerdown {

struct StopRuleOptions {
  double threshold = kGrokkedAccuracy;
  int window = kGrokWindow;
  double window_share = 0.01;  // the window spans at least this share of the steps so far
  // A train loss above this times its running median is a spike, if it is material: after
  // memorisation losses near 0 differ tenfold from one evaluation to the next with no answer
  // changed, so the loss must also be above `spike_loss`, or train accuracy below
  // kMemorisedAccuracy.
  double spike_factor = 10;
  double spike_loss = 0.05;
  // Best validation accuracy that still rises by more holds back, unless every answer is right:
  // then nothing is left to rise. Where a network creeps up, its next right answer is some percent
  // of the steps away. Chosen on half of the operations (GRID.toml says which).
  double rise = 0.002;
  int rise_evaluations = 5;  // … over the last 5 evaluations
  double rise_share = 0.09;  // … or 9% of the steps, whichever reaches farther back
  bool is_census = true;     // validation is the whole remaining table
  int64_t validation_pairs = 0;
  // Where validation is only a sample: Wilson 95% lower bound of the window's lowest accuracy.
  double sample_lower_bound = 0.97;
};

class StopRule {
 public:
  explicit StopRule(StopRuleOptions options)
      : options_(options), tracker_(options.threshold, options.window, options.window_share) {}
  // Evaluations come in ascending steps. Keeps answering after a stop (observe mode).
  Decision Observe(const Evaluation& evaluation);

 private:
  // One evaluation as far as later decisions look back on it.
  struct Past {
    int64_t step;
    double best_validation_accuracy;  // up to then
    double validation_accuracy;
    bool is_spike;
  };
  // The shortest row of last evaluations that is a window.
  struct Window {
    bool has_spike = false;
    double lowest_accuracy = 1;
  };
  bool IsSpike(const Evaluation& evaluation, double median) const;
  void Remember(const Evaluation& evaluation, bool is_spike);
  // The first of the last evaluations that are at least so many and reach back far enough, which
  // older ones do; past_.size() if there are no such. A search: a run may have millions.
  template <typename ReachesBack>
  size_t FirstOfLast(int evaluations, ReachesBack reaches_back) const;
  Window LastWindow();
  double RecentRise() const;
  RuleVerdict Verdict(const Decision& decision, const Window& window) const;

  const StopRuleOptions options_;
  GrokTracker tracker_;
  std::vector<double> recent_train_losses_;
  std::deque<Past> past_;  // as far as the look-back reaches; the last is the newest
  int64_t forgotten_ = 0;  // evaluations before past_: together an evaluation's index
  int64_t last_spike_ = -1;
  // Evaluations of the last window than which no later one is lower, ascending in both.
  struct Low {
    int64_t index;
    double accuracy;
  };
  std::deque<Low> lowest_;
};

// Lower end of the Wilson score interval for a share measured on n trials (Wilson 1927).
double WilsonLowerBound(double share, int64_t trials, double z = 1.96);

// Where the usual patience rule would have ended: the first evaluation at which the best validation
// accuracy is `patience` evaluations old. Returns the index into `evaluations`.
std::optional<size_t> PatienceStop(const std::vector<Evaluation>& evaluations, int patience);
// The same with the patience that comparisons show.
inline constexpr int kNaivePatience = 10;
std::optional<NaiveStop> FindNaiveStop(const std::vector<Evaluation>& evaluations);

}  // namespace powerdown
