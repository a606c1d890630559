#include "server/runner/report_judge.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/base/fields.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

std::optional<double> Find(const ProgramReport& report, const std::string& metric) {
  const auto found = report.metrics.find(metric);
  return found == report.metrics.end() ? std::nullopt : std::optional(found->second);
}

// What every run has a curve of; see common/run/metric.h.
bool IsUsualMetric(const std::string& name) {
  constexpr std::string_view kUsual[] = {"train_accuracy",  "validation_accuracy", "train_loss",
                                         "validation_loss", "gradient_norm",       "weight_norm"};
  return std::find(std::begin(kUsual), std::end(kUsual), name) != std::end(kUsual);
}

std::string OtherMetrics(const ProgramReport& report) {
  Json others = Json::object();
  size_t bytes = 2;
  for (const auto& [name, value] : report.metrics) {
    if (IsUsualMetric(name)) continue;
    bytes += name.size() + 32;  // the number, quotes and commas
    if (bytes > kMostMetricsBytes) break;
    others[name] = NumberJson(value);
  }
  return others.empty() ? "" : JsonText(others);
}

StepLine LineOf(const ProgramReport& report, absl::Duration now) {
  StepLine line;
  line.monotonic = now;
  line.evaluation.step = report.step;
  line.evaluation.train_loss = Find(report, "train_loss");
  line.evaluation.validation_loss = Find(report, "validation_loss");
  line.evaluation.train_accuracy = Find(report, "train_accuracy").value_or(kNotMeasured);
  line.evaluation.validation_accuracy = Find(report, "validation_accuracy").value_or(kNotMeasured);
  line.gradient_norm = Find(report, "gradient_norm");
  line.weight_norm = Find(report, "weight_norm");
  line.metrics_json = OtherMetrics(report);
  return line;
}

StopRuleOptions RuleOf(const Goal& goal) {
  StopRuleOptions options;
  options.threshold = goal.score_threshold();
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReportJudge>> ReportJudge::Create(const StartCommand& start,
                                                                 Say say) {
  ASSIGN_OR_RETURN(Goal goal, ParseGoal(start.command->generalised));
  std::shared_ptr<const Predictor> predictor;
  if (!start.predictor.empty()) {
    ASSIGN_OR_RETURN(Predictor read, Predictor::FromJson(start.predictor));
    predictor = std::make_shared<const Predictor>(std::move(read));
  }
  return std::unique_ptr<ReportJudge>(
      new ReportJudge(start, std::move(goal), std::move(predictor), std::move(say)));
}

ReportJudge::ReportJudge(const StartCommand& start, Goal goal,
                         std::shared_ptr<const Predictor> predictor, Say say)
    : auto_stop_(start.auto_stop),
      abandon_(start.abandon),
      take_back_stop_(start.take_back_stop),
      has_own_goal_(!start.command->generalised.empty()),
      goal_(std::move(goal)),
      say_(std::move(say)),
      tracker_(goal_.score_threshold()),
      rule_(RuleOf(goal_)) {
  // What is forecast is a grok: of a loss, or of a program without an end, nothing is known.
  const bool is_usual = goal_.metric == "validation_accuracy" && goal_.is_at_least;
  if (predictor && is_usual && start.command->max_steps > 0) {
    forecaster_.emplace(std::move(predictor), start.spec, start.command->max_steps);
  }
}

bool ReportJudge::IsComplete(const ProgramReport& report) const {
  const bool has_train =
      report.metrics.contains("train_accuracy") || report.metrics.contains("train_loss");
  return has_train && report.metrics.contains(goal_.metric);
}

void ReportJudge::Take(const ProgramReport& report, absl::Duration now) {
  if (waiting_ && report.step != waiting_->step) Flush(now, /*is_end=*/true);
  if (has_told_ && report.step <= step_) {
    ++late_rows_;
    return;
  }
  if (!waiting_) {
    waiting_ = report;
    waits_since_ = now;
  } else {
    for (const auto& [name, value] : report.metrics) waiting_->metrics[name] = value;
  }
  if (IsComplete(*waiting_)) Flush(now, /*is_end=*/true);
}

void ReportJudge::Flush(absl::Duration now, bool is_end) {
  if (!waiting_ || (!is_end && now - waits_since_ < kRowsOfAStep)) return;
  const ProgramReport report = *std::exchange(waiting_, std::nullopt);
  if (!report.metrics.contains(goal_.metric)) {
    if (now - last_plain_ < kBetweenPlainRows) return;
    last_plain_ = now;
  }
  Tell(report, now);
}

void ReportJudge::Tell(const ProgramReport& report, absl::Duration now) {
  step_ = std::clamp<int64_t>(report.step, 0, kMostStep);
  has_told_ = true;
  const StepLine line = LineOf(report, now);
  say_(line);
  const std::optional<double> value = Find(report, goal_.metric);
  if (!value || std::isnan(*value)) return;
  Evaluation evaluation = line.evaluation;
  evaluation.validation_accuracy = goal_.ScoreOf(*value);
  TellMilestones(evaluation);
  if (auto_stop_ != AutoStop::kOff) Judge(evaluation, now);
  Foresee(line);
}

void ReportJudge::TellMilestones(const Evaluation& evaluation) {
  const bool had_memorised = tracker_.memorised_step().has_value();
  const bool had_grokked = tracker_.grok_step().has_value();
  tracker_.Observe(evaluation);
  if (!had_memorised && tracker_.memorised_step()) {
    say_(MilestoneLine{EventKind::kMemorised, step_, step_});
  }
  if (!had_grokked && tracker_.grok_step()) {
    say_(MilestoneLine{EventKind::kGrokked, *tracker_.grok_step(), step_});
  }
}

void ReportJudge::Judge(const Evaluation& evaluation, absl::Duration now) {
  Evaluation judged = evaluation;
  // Whose goal is its own, and who does not tell how well it knows its training data, has nothing
  // to memorise first.
  if (has_own_goal_ || std::isnan(judged.train_accuracy)) judged.train_accuracy = 1;
  Decision decision = rule_.Observe(judged);
  decision.train_accuracy = evaluation.train_accuracy;
  const bool is_first_stop = decision.stop && !has_stop_decision_;
  if (decision.verdict != last_verdict_ && (!decision.stop || is_first_stop)) {
    say_(DecisionLine{now, decision});
  }
  last_verdict_ = decision.verdict;
  if (!is_first_stop) return;
  has_stop_decision_ = true;
  const bool ends = auto_stop_ == AutoStop::kOn || auto_stop_ == AutoStop::kPlanned;
  if (ends && !take_back_stop_ && !stop_) stop_ = StopReason::kGrokked;
}

void ReportJudge::Foresee(const StepLine& line) {
  if (!forecaster_ || !IsEvaluated(line.evaluation)) return;
  StepReport report;
  report.evaluation = line.evaluation;
  // Reaching the program's own goal is what counts as its grok.
  report.evaluation.validation_accuracy =
      std::min(1.0, line.evaluation.validation_accuracy * (kGrokkedAccuracy / goal_.threshold));
  report.gradient_norm = line.gradient_norm;
  report.weight_norm = line.weight_norm;
  report.activation_sparsity = std::nullopt;
  const Forecaster::Update update = forecaster_->Observe(report);
  const auto tell = [&](EventKind kind, const Forecast& forecast, std::optional<int64_t> stop) {
    say_(ForecastLine{line.monotonic, kind, forecast, stop});
  };
  if (update.forecast) tell(EventKind::kForecast, *update.forecast, std::nullopt);
  const bool is_planned = auto_stop_ == AutoStop::kPlanned;
  if (update.is_planned && is_planned) {
    const PlannedStop& planned = *forecaster_->planned();
    tell(EventKind::kPlanned, planned.forecast, planned.stop_step);
  }
  if (update.is_abandoned && abandon_ != AutoStop::kOff) {
    tell(EventKind::kAbandon, *forecaster_->latest(), std::nullopt);
  }
  if (take_back_stop_ || stop_) return;
  if (update.is_planned_stop && is_planned) stop_ = StopReason::kPlanned;
  if (update.is_abandoned && abandon_ == AutoStop::kOn) stop_ = StopReason::kAbandoned;
}

std::string ReportJudge::Warning() {
  if (late_rows_ == 0 || std::exchange(has_warned_, true)) return "";
  return Concat("rows of a step that was reported before are left out: steps must ascend");
}

}  // namespace powerdown
