// The stop rule: stops at the high plateau and at no other (reference/grokking.md 6.5). Pure: the
// decision depends on the evaluations alone, so the same spec stops at the same step every time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evaluation.h"

namespace powerdown {

// kPlanned also pauses at the 95% upper bound of an early forecast (common/planned_stop.h).
enum class AutoStop { kOff, kObserve, kOn, kPlanned };
std::string_view AutoStopName(AutoStop mode);  // "off", "observe", "on", "planned"
absl::StatusOr<AutoStop> ParseAutoStop(std::string_view text);

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

// What the rule saw and said at one evaluation. `verdict` is one of: "not-memorised",
// "below-threshold", "window-too-short", "spike", "sample-too-small", "still-rising", "stop".
struct Decision {
  int64_t step = 0;
  bool stop = false;
  std::string verdict;
  double train_accuracy = 0;
  double validation_accuracy = 0;
  int64_t held_evaluations = 0;
  int64_t held_since = -1;  // -1: not held
  double train_loss = 0;
  double train_loss_median = 0;  // of the evaluations since memorisation, at most 51
  double best_validation_accuracy = 0;
  double recent_rise = 0;              // best now minus best before the look-back
  std::optional<double> wilson_lower;  // absent for a census
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
  Window LastWindow() const;
  double RecentRise() const;
  std::string_view Verdict(const Decision& decision, const Window& window) const;

  const StopRuleOptions options_;
  GrokTracker tracker_;
  std::vector<double> recent_train_losses_;
  std::deque<Past> past_;  // as far as the look-back reaches; the last is the newest
};

// Lower end of the Wilson score interval for a share measured on n trials (Wilson 1927).
double WilsonLowerBound(double share, int64_t trials, double z = 1.96);

// Where the usual patience rule would have ended: the first evaluation at which the best validation
// accuracy is `patience` evaluations old. Returns the index into `evaluations`.
std::optional<size_t> PatienceStop(const std::vector<Evaluation>& evaluations, int patience);

}  // namespace powerdown
