#include "common/forecast/stop_rule.h"

#include <algorithm>
#include <cmath>

#include "common/base/statistics.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr size_t kMedianLength = 51;

}  // namespace

Decision StopRule::Observe(const Evaluation& evaluation) {
  tracker_.Observe(evaluation);
  Decision decision;
  decision.step = evaluation.step;
  decision.train_accuracy = evaluation.train_accuracy;
  decision.validation_accuracy = evaluation.validation_accuracy;
  decision.train_loss = evaluation.train_loss.value_or(std::nan(""));
  decision.train_loss_median = recent_train_losses_.empty() ? 0 : UpperMedian(recent_train_losses_);
  decision.held_evaluations = tracker_.held_evaluations();
  decision.held_since = tracker_.held_since().value_or(-1);
  Remember(evaluation, IsSpike(evaluation, decision.train_loss_median));
  decision.best_validation_accuracy = past_.back().best_validation_accuracy;
  decision.recent_rise = RecentRise();
  const Window window = LastWindow();
  if (!options_.is_census) {
    decision.wilson_lower = WilsonLowerBound(window.lowest_accuracy, options_.validation_pairs);
  }
  decision.verdict = Verdict(decision, window);
  decision.stop = decision.verdict == RuleVerdict::kStop;
  return decision;
}

RuleVerdict StopRule::Verdict(const Decision& decision, const Window& window) const {
  if (!(decision.train_accuracy >= kMemorisedAccuracy)) return RuleVerdict::kNotMemorised;
  if (decision.held_evaluations == 0) return RuleVerdict::kBelowThreshold;
  if (!tracker_.holds_window()) return RuleVerdict::kWindowTooShort;
  if (window.has_spike) return RuleVerdict::kSpike;
  if (decision.wilson_lower && *decision.wilson_lower < options_.sample_lower_bound) {
    return RuleVerdict::kSampleTooSmall;
  }
  const bool can_rise = decision.validation_accuracy < 1;
  if (can_rise && decision.recent_rise > options_.rise) return RuleVerdict::kStillRising;
  return RuleVerdict::kStop;
}

bool StopRule::IsSpike(const Evaluation& evaluation, double median) const {
  if (recent_train_losses_.empty() || !evaluation.train_loss) return false;
  const double loss = *evaluation.train_loss;
  if (std::isnan(loss)) return true;
  const bool is_material =
      loss > options_.spike_loss || evaluation.train_accuracy < kMemorisedAccuracy;
  return is_material && loss > options_.spike_factor * median;
}

void StopRule::Remember(const Evaluation& evaluation, bool is_spike) {
  const double loss = evaluation.train_loss.value_or(std::nan(""));
  if (tracker_.memorised_step() && !std::isnan(loss)) {
    if (recent_train_losses_.size() == kMedianLength) {
      recent_train_losses_.erase(recent_train_losses_.begin());
    }
    recent_train_losses_.push_back(loss);
  }
  const double best = past_.empty() ? 0 : past_.back().best_validation_accuracy;
  past_.push_back({evaluation.step, std::max(best, evaluation.validation_accuracy),
                   evaluation.validation_accuracy, is_spike});
  const double share = std::max(options_.rise_share, options_.window_share);
  const size_t evaluations = std::max(options_.rise_evaluations + 1, options_.window);
  const double horizon = (1 - share) * static_cast<double>(evaluation.step);
  while (past_.size() > evaluations && static_cast<double>(past_[1].step) <= horizon) {
    past_.pop_front();
    ++forgotten_;
  }
  const int64_t index = forgotten_ + static_cast<int64_t>(past_.size()) - 1;
  if (is_spike) last_spike_ = index;
  const double accuracy = evaluation.validation_accuracy;
  if (std::isnan(accuracy)) return;
  while (!lowest_.empty() && lowest_.back().accuracy >= accuracy) lowest_.pop_back();
  lowest_.push_back({index, accuracy});
}

template <typename ReachesBack>
size_t StopRule::FirstOfLast(int evaluations, ReachesBack reaches_back) const {
  const auto back = std::partition_point(past_.begin(), past_.end(), reaches_back);
  const auto count = static_cast<size_t>(evaluations);
  if (back == past_.begin() || past_.size() < count) return past_.size();
  return std::min(static_cast<size_t>(back - past_.begin()) - 1, past_.size() - count);
}

StopRule::Window StopRule::LastWindow() {
  const double now = static_cast<double>(past_.back().step);
  const size_t found = FirstOfLast(options_.window, [&](const Past& past) {
    return now - static_cast<double>(past.step) >= options_.window_share * now;
  });
  // A row that is no window yet: all that is remembered.
  const int64_t first = forgotten_ + static_cast<int64_t>(found == past_.size() ? 0 : found);
  while (!lowest_.empty() && lowest_.front().index < first) lowest_.pop_front();
  Window window;
  window.has_spike = last_spike_ >= first;
  if (!lowest_.empty()) window.lowest_accuracy = std::min(1.0, lowest_.front().accuracy);
  return window;
}

double StopRule::RecentRise() const {
  const double now = static_cast<double>(past_.back().step);
  const double best = past_.back().best_validation_accuracy;
  const size_t found = FirstOfLast(options_.rise_evaluations + 1, [&](const Past& past) {
    return static_cast<double>(past.step) <= (1 - options_.rise_share) * now;
  });
  // If no evaluation is that old, all of it counts as a rise.
  return found == past_.size() ? best : best - past_[found].best_validation_accuracy;
}

double WilsonLowerBound(double share, int64_t trials, double z) {
  if (trials <= 0) return 0;
  const double n = static_cast<double>(trials);
  const double centre = share + z * z / (2 * n);
  const double margin = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return std::max(0.0, (centre - margin) / (1 + z * z / n));
}

std::optional<size_t> PatienceStop(const std::vector<Evaluation>& evaluations, int patience) {
  size_t best = 0;
  for (size_t i = 1; i < evaluations.size(); ++i) {
    if (evaluations[i].validation_accuracy > evaluations[best].validation_accuracy) best = i;
    if (i - best >= static_cast<size_t>(patience)) return i;
  }
  return std::nullopt;
}

std::optional<NaiveStop> FindNaiveStop(const std::vector<Evaluation>& evaluations) {
  const std::optional<size_t> index = PatienceStop(evaluations, kNaivePatience);
  if (!index) return std::nullopt;
  return NaiveStop{Concat("patience-", kNaivePatience), evaluations[*index].step,
                   evaluations[*index].validation_accuracy};
}

}  // namespace powerdown
