#include "common/study/replay.h"

#include <algorithm>
#include <utility>

#include "common/base/statistics.h"
#include "common/forecast/stop_rule.h"

namespace powerdown {
namespace {

constexpr size_t kMedianLength = 5;
constexpr double kWithin = 0.003;
constexpr double kCollapsedAccuracy = 0.95;

std::optional<double> BestTrailingMedian(const std::vector<StepReport>& reports) {
  std::optional<double> best;
  std::vector<double> last;
  for (const StepReport& report : reports) {
    if (!IsEvaluated(report.evaluation)) continue;
    if (last.size() == kMedianLength) last.erase(last.begin());
    last.push_back(report.evaluation.validation_accuracy);
    if (last.size() == kMedianLength) best = std::max(best.value_or(0), Median(last));
  }
  return best;
}

std::optional<int64_t> OracleStep(const std::vector<StepReport>& reports, const Replay& replay) {
  if (!replay.grok_step || !replay.reference_accuracy) return std::nullopt;
  for (const StepReport& report : reports) {
    if (report.evaluation.step >= *replay.grok_step &&
        report.evaluation.validation_accuracy >= *replay.reference_accuracy - kWithin) {
      return report.evaluation.step;
    }
  }
  return std::nullopt;
}

}  // namespace

Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps) {
  return ReplayRun(reports, max_steps, RunSpec(), nullptr);
}

Replay ReplayRun(const std::vector<StepReport>& reports, int64_t max_steps, const RunSpec& spec,
                 std::shared_ptr<const Predictor> predictor) {
  Replay replay;
  GrokTracker tracker;
  StopRule rule{StopRuleOptions()};
  Forecaster forecaster(std::move(predictor), spec, max_steps);
  if (const auto before = forecaster.Before()) replay.forecasts.push_back(*before);
  double best = 0;
  for (const StepReport& report : reports) {
    if (!IsEvaluated(report.evaluation)) continue;
    tracker.Observe(report.evaluation);
    const Forecaster::Update update = forecaster.Observe(report);
    if (update.forecast) replay.forecasts.push_back(*update.forecast);
    const double accuracy = report.evaluation.validation_accuracy;
    best = std::max(best, accuracy);
    const bool has_collapsed = tracker.grok_step() && accuracy < kCollapsedAccuracy;
    if (has_collapsed && !replay.collapse_step) replay.collapse_step = report.evaluation.step;
    const Decision decision = rule.Observe(report.evaluation);
    if (replay.stop_step) continue;
    replay.reason = decision.stop ? NameOf(StopReason::kGrokked) : decision.verdict.name();
    if (!decision.stop) continue;
    replay.stop_step = decision.step;
    replay.accuracy_at_stop = decision.validation_accuracy;
  }
  replay.abandon_step = forecaster.abandon_step();
  replay.planned = forecaster.planned();
  replay.is_partial = best >= kPartialAccuracy && !tracker.grok_step();
  replay.memorised_step = tracker.memorised_step();
  replay.grok_step = tracker.grok_step();
  replay.reference_accuracy = BestTrailingMedian(reports);
  replay.oracle_step = OracleStep(reports, replay);
  if (replay.oracle_step && max_steps > *replay.oracle_step) {
    const auto late = static_cast<double>(
        std::max<int64_t>(0, replay.stop_step.value_or(max_steps) - *replay.oracle_step));
    replay.captured_share = 1 - late / static_cast<double>(max_steps - *replay.oracle_step);
  }
  return replay;
}

}  // namespace powerdown
