#include "common/study/stop_evaluation.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "common/base/statistics.h"
#include "common/base/text.h"
#include "common/forecast/stop_rule.h"
#include "common/run/energy_curve.h"
#include "common/study/replay.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr double kDelayedMultiple = 2;  // grok at twice the memorisation step or later
constexpr double kFalseLoss = 0.03;
constexpr double kPrototypeMultiple = 1.32;

std::optional<int64_t> StopWithPatience(const std::vector<StepReport>& reports, int patience) {
  std::vector<Evaluation> evaluations;
  for (const StepReport& report : reports) evaluations.push_back(report.evaluation);
  const std::optional<size_t> index = PatienceStop(evaluations, patience);
  return index ? std::make_optional(evaluations[*index].step) : std::nullopt;
}

std::optional<int64_t> FirstTouch(const std::vector<StepReport>& reports) {
  for (const StepReport& report : reports) {
    if (report.evaluation.validation_accuracy >= kGrokkedAccuracy) return report.evaluation.step;
  }
  return std::nullopt;
}

std::optional<int64_t> PlainThreshold(const std::vector<StepReport>& reports) {
  int held = 0;
  for (const StepReport& report : reports) {
    held = report.evaluation.validation_accuracy >= kGrokkedAccuracy ? held + 1 : 0;
    if (held == kGrokWindow) return report.evaluation.step;
  }
  return std::nullopt;
}

// The outcome of one rule on one run.
struct Outcome {
  bool has_grokked = false;
  bool is_delayed = false;
  bool is_control = false;
  std::optional<int64_t> stop;
  bool is_false = false;
  double saved = 0;  // joules
  double savable = 0;
  std::optional<double> share;  // captured, by steps
  std::optional<double> share_at_recut;
  std::optional<double> lost;  // accuracy, of a run that grokked and was stopped
};

std::optional<double> CapturedShare(std::optional<int64_t> stop, int64_t oracle,
                                    double schedule_end) {
  if (schedule_end <= static_cast<double>(oracle)) return std::nullopt;
  const double end = stop ? std::min(static_cast<double>(*stop), schedule_end) : schedule_end;
  const double late = std::max(0.0, end - static_cast<double>(oracle));
  return 1 - late / (schedule_end - static_cast<double>(oracle));
}

double AccuracyAt(const std::vector<StepReport>& reports, int64_t step) {
  for (const StepReport& report : reports) {
    if (report.evaluation.step >= step) return report.evaluation.validation_accuracy;
  }
  return reports.back().evaluation.validation_accuracy;
}

Outcome Judge(const RecordedRun& recorded, const Replay& replay, std::optional<int64_t> stop) {
  const std::vector<StepReport>& reports = recorded.reports;
  Outcome outcome;
  outcome.stop = stop;
  outcome.is_control = !HasRule(recorded.run.spec);
  outcome.has_grokked = replay.grok_step.has_value();
  if (stop) {
    const double lost = replay.reference_accuracy.value_or(0) - AccuracyAt(reports, *stop);
    const bool is_early = !replay.grok_step || *stop < *replay.grok_step;
    outcome.is_false = is_early && lost > kFalseLoss;
    if (outcome.has_grokked) outcome.lost = std::max(0.0, lost);
  }
  if (!replay.oracle_step) return outcome;
  outcome.is_delayed =
      replay.memorised_step && static_cast<double>(*replay.grok_step) >=
                                   kDelayedMultiple * static_cast<double>(*replay.memorised_step);
  const int64_t oracle = *replay.oracle_step;
  const int64_t last = reports.back().evaluation.step;
  const SeriesPyramid effort = EffortCurve(reports);
  const double at_end = EffortAt(effort, last);
  outcome.savable = at_end - EffortAt(effort, oracle);
  outcome.saved = at_end - EffortAt(effort, std::clamp(stop.value_or(last), oracle, last));
  outcome.share = CapturedShare(stop, oracle, static_cast<double>(last));
  outcome.share_at_recut =
      CapturedShare(stop, oracle, kPrototypeMultiple * static_cast<double>(oracle));
  return outcome;
}

using Outcomes = std::vector<Outcome>;
using Statistic = std::function<double(const Outcomes&)>;

double TotalShare(const Outcomes& outcomes) {
  double saved = 0;
  double savable = 0;
  for (const Outcome& outcome : outcomes) {
    saved += outcome.saved;
    savable += outcome.savable;
  }
  return savable > 0 ? saved / savable : std::nan("");
}

std::vector<double> Collect(const Outcomes& outcomes, std::optional<double> Outcome::*member) {
  std::vector<double> values;
  for (const Outcome& outcome : outcomes) {
    if (outcome.*member) values.push_back(*(outcome.*member));
  }
  return values;
}

double MeanShare(const Outcomes& outcomes) {
  return Mean(Collect(outcomes, &Outcome::share));
}
double MeanShareAtRecut(const Outcomes& outcomes) {
  return Mean(Collect(outcomes, &Outcome::share_at_recut));
}
double MeanLost(const Outcomes& outcomes) {
  return Mean(Collect(outcomes, &Outcome::lost));
}
double WorstLost(const Outcomes& outcomes) {
  double worst = 0;
  for (const double lost : Collect(outcomes, &Outcome::lost)) worst = std::max(worst, lost);
  return worst;
}

double Count(const Outcomes& outcomes, const std::function<bool(const Outcome&)>& is_counted) {
  return static_cast<double>(std::count_if(outcomes.begin(), outcomes.end(), is_counted));
}

Outcomes Drawn(const Outcomes& outcomes, const std::vector<size_t>& indices) {
  Outcomes drawn;
  for (const size_t index : indices) drawn.push_back(outcomes[index]);
  return drawn;
}

std::optional<double> ErrorOf(const Outcomes& outcomes, const Statistic& statistic) {
  return BootstrapError(outcomes.size(), [&](const std::vector<size_t>& indices) {
    return statistic(Drawn(outcomes, indices));
  });
}

Figure AtLeast(std::string name, double value, double goal, std::string against) {
  return {.name = std::move(name),
          .value = value,
          .unit = "1",
          .against = std::move(against),
          .goal = Concat("at least ", goal),
          .holds = value >= goal};
}
Figure AtMost(std::string name, double value, double goal, std::string unit, std::string against) {
  return {.name = std::move(name),
          .value = value,
          .unit = std::move(unit),
          .against = std::move(against),
          .goal = Concat("at most ", goal),
          .holds = value <= goal};
}
Figure Told(std::string name, double value, std::string unit, std::string against) {
  return {.name = std::move(name),
          .value = value,
          .unit = std::move(unit),
          .against = std::move(against)};
}

Outcomes JudgeAll(const std::vector<RecordedRun>& runs, const std::vector<Replay>& replays,
                  StopFunction stop) {
  Outcomes outcomes;
  for (size_t i = 0; i < runs.size(); ++i) {
    outcomes.push_back(
        Judge(runs[i], replays[i], stop ? stop(runs[i].reports) : replays[i].stop_step));
  }
  return outcomes;
}

void AddRuleFigures(const Outcomes& outcomes, const Outcomes& plain, std::vector<Figure>& figures) {
  const auto grokked = [](const Outcome& outcome) { return outcome.has_grokked; };
  const auto delayed = [](const Outcome& outcome) { return outcome.is_delayed; };
  const double groks = Count(outcomes, grokked);
  const double delays = Count(outcomes, delayed);
  const std::string on = Concat(groks, " runs that grokked");
  const auto add = [&](Figure figure, const Statistic& statistic) {
    figure.error = ErrorOf(outcomes, statistic);
    figures.push_back(std::move(figure));
  };
  add(AtLeast("stop.captured_total", TotalShare(outcomes), 0.95, on), TotalShare);
  add(AtLeast("stop.captured_mean", MeanShare(outcomes), 0.95, on), MeanShare);
  add(AtLeast("stop.captured_at_1.32", MeanShareAtRecut(outcomes), 0.8, on), MeanShareAtRecut);
  figures.push_back(
      AtMost("stop.false_of_delayed",
             Count(outcomes,
                   [](const Outcome& outcome) { return outcome.is_delayed && outcome.is_false; }),
             0, "runs", Concat(delays, " delayed runs; 3/n is ", 3 / delays)));
  figures.push_back(AtLeast("stop.delayed_runs", delays, 100, "recorded runs"));
  figures.push_back(AtMost("stop.false_of_all",
                           Count(outcomes, [](const Outcome& o) { return o.is_false; }), 0, "runs",
                           Concat(outcomes.size(), " runs")));
  figures.push_back(AtMost(
      "stop.missed",
      Count(outcomes, [](const Outcome& outcome) { return outcome.has_grokked && !outcome.stop; }) /
          std::max(1.0, groks),
      0.02, "1", on));
  add(AtMost("stop.accuracy_lost_mean", 100 * MeanLost(outcomes), 0.3, "points", on),
      [](const Outcomes& drawn) { return 100 * MeanLost(drawn); });
  figures.push_back(AtMost("stop.accuracy_lost_worst", 100 * WorstLost(outcomes), 1, "points", on));
  figures.push_back(AtMost(
      "stop.accuracy_lost_against_plain", MeanLost(outcomes) / std::max(1e-12, MeanLost(plain)),
      0.5, "1",
      Concat("plain 0.99 x 3 on the same runs, which loses ", 100 * MeanLost(plain), " points")));
  figures.push_back(AtMost(
      "stop.control",
      Count(outcomes, [](const Outcome& outcome) { return outcome.is_control && outcome.stop; }), 0,
      "runs",
      Concat(Count(outcomes, [](const Outcome& o) { return o.is_control; }),
             " runs on random labels")));
}

void AddBaselineFigures(std::string_view name, const Outcomes& outcomes,
                        std::vector<Figure>& figures) {
  const std::string on = Concat(outcomes.size(), " runs");
  figures.push_back(
      Told(Concat("baseline.", name, ".captured_mean"), MeanShare(outcomes), "1", on));
  figures.push_back(Told(Concat("baseline.", name, ".false"),
                         Count(outcomes, [](const Outcome& o) { return o.is_false; }), "runs", on));
  figures.push_back(Told(Concat("baseline.", name, ".accuracy_lost_mean"), 100 * MeanLost(outcomes),
                         "points", on));
}

}  // namespace

const std::vector<NamedStopRule>& BaselineStopRules() {
  using Reports = std::vector<StepReport>;
  static const auto& rules = *new std::vector<NamedStopRule>{
      {"patience-10", [](const Reports& reports) { return StopWithPatience(reports, 10); }},
      {"patience-30", [](const Reports& reports) { return StopWithPatience(reports, 30); }},
      {"patience-100", [](const Reports& reports) { return StopWithPatience(reports, 100); }},
      {"first-0.99", FirstTouch},
      {"plain-0.99x3", PlainThreshold}};
  return rules;
}

SeriesPyramid EffortCurve(const std::vector<StepReport>& reports) {
  if (reports.back().energy) return EnergyCurve(reports);
  SeriesPyramid steps(std::max(SeriesPyramid::kMostBuckets, reports.size()));
  for (const StepReport& report : reports) {
    const double step = static_cast<double>(report.evaluation.step);
    steps.Append(step, step);
  }
  return steps;
}

double EffortAt(const SeriesPyramid& curve, int64_t step) {
  return EnergyAt(curve, step).value_or(Joules(curve.last())).value();
}

std::vector<Figure> EvaluateStops(const std::vector<RecordedRun>& runs) {
  std::vector<Replay> replays;
  for (const RecordedRun& recorded : runs) {
    replays.push_back(ReplayRun(recorded.reports, recorded.reports.back().evaluation.step));
  }
  std::vector<Figure> figures;
  AddRuleFigures(JudgeAll(runs, replays, nullptr), JudgeAll(runs, replays, PlainThreshold),
                 figures);
  for (const NamedStopRule& rule : BaselineStopRules()) {
    AddBaselineFigures(rule.name, JudgeAll(runs, replays, rule.stop), figures);
  }
  return figures;
}

}  // namespace powerdown
