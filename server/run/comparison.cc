#include "server/run/comparison.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/forecast/stop_rule.h"
#include "common/run/energy_curve.h"
#include "common/run/standing_reports.h"
#include "server/run/run_events.h"

namespace powerdown {
namespace {

constexpr size_t kFewestRunsForAMedian = 3;

const StepReport* FindReport(const std::vector<StepReport>& reports, int64_t step) {
  for (const StepReport& report : reports) {
    if (report.evaluation.step == step) return &report;
  }
  return nullptr;
}

std::vector<Recut> Recuts(const Comparison& comparison, const std::vector<StepReport>& reports,
                          const std::optional<FamilyMedian>& median) {
  std::vector<Recut> recuts;
  const SeriesPyramid energy = EnergyCurve(reports);
  const std::optional<Joules> stopped = EnergyCarriedOn(energy, comparison.stopped.steps);
  const auto add = [&](SchedulePolicy policy, int64_t max_steps) {
    if (comparison.schedule_policy == NameOf(policy)) return;
    Recut recut{std::string(NameOf(policy)), max_steps, std::nullopt,
                max_steps > comparison.usual.steps};
    const std::optional<Joules> whole = EnergyCarriedOn(energy, max_steps);
    if (whole && stopped && whole->value() > 0) {
      recut.share = std::max(0.0, (*whole - *stopped) / *whole);
    }
    recuts.push_back(std::move(recut));
  };
  if (median) add(SchedulePolicy::kTwiceMedian, std::llround(2 * median->median_grok_step));
  if (comparison.usual.grok_step) {
    add(SchedulePolicy::kPrototype,
        static_cast<int64_t>(
            std::ceil(kPrototypeGrokMultiple * static_cast<double>(*comparison.usual.grok_step))));
  }
  add(SchedulePolicy::kLiterature, kLiteratureSteps);
  return recuts;
}

std::optional<NaiveStop> NaiveStopOf(const std::vector<StepReport>& reports) {
  std::vector<Evaluation> evaluations;
  for (const StepReport& report : reports) evaluations.push_back(report.evaluation);
  return FindNaiveStop(evaluations);
}

// The gross that is saved, with the band that the ledger has for the time after the stop: gain,
// gaps and sampling of what was measured then, and of nothing else.
Saving SavingOf(Joules gross, const std::optional<EnergyFigure>& after, const Run& usual,
                const FootprintFactors& factors) {
  Saving saved;
  saved.gross = saved.low = saved.high = gross;
  if (after) {
    saved.net = after->net;
    saved.low = std::min(gross, after->low);
    saved.high = std::max(gross, after->high);
  }
  if (usual.energy->gross.value() > 0) saved.share = saved.gross / usual.energy->gross;
  saved.co2 = CarbonOf(saved.gross, factors);
  saved.cost = CostOf(saved.gross, factors);
  return saved;
}

std::optional<Joules> Less(const std::optional<Joules>& all, const std::optional<Joules>& part) {
  if (!all || !part) return std::nullopt;
  return std::max(*all - *part, Joules(0));
}

// What is left of the usual run's energy without what it drew after its stop. Both are sums of the
// same intervals, so the rest has the errors of the intervals that are left.
EnergyFigure WithoutSaved(const EnergyFigure& usual, Joules saved,
                          const std::optional<EnergyFigure>& after) {
  if (!after) return usual;
  EnergyFigure rest = usual;
  rest.gross = std::max(usual.gross - saved, Joules(0));
  rest.low = std::min(std::max(usual.low - after->low, Joules(0)), rest.gross);
  rest.high = std::max(usual.high - after->high, rest.gross);
  rest.net = Less(usual.net, after->net);
  rest.net_low = Less(usual.net_low, after->net_low);
  rest.net_high = Less(usual.net_high, after->net_high);
  rest.estimated = Less(usual.estimated, after->estimated);
  return rest;
}

// A side that failed or was given up says nothing of what a whole one would have used.
bool IsWhole(const Run& run) {
  return run.state == RunState::kFinished || run.state == RunState::kStopped;
}

// Whether the difference is the rule's doing: not that of whoever ended one of two runs by hand.
bool IsRulesSaving(const Comparison& comparison) {
  const Run& usual = comparison.usual;
  const Run& stopped = comparison.stopped;
  if (!IsWhole(usual) || !IsWhole(stopped)) return false;
  if (comparison.mode == ComparisonMode::kShared) return true;
  return usual.steps >= stopped.steps && (!stopped.stop || IsByRule(stopped.stop));
}

// Of the newest attempt that has such a checkpoint; empty if none has.
std::string HashOf(const Run& run, CheckpointLabel label) {
  std::string hash;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.label == label) hash = checkpoint.sha256;
  }
  return hash;
}

// Both trained the same bits as far as both went: at the stop, or to the end if nothing stopped.
bool HaveEqualPrefix(const Run& usual, const Run& stopped) {
  const CheckpointLabel label =
      IsByRule(stopped.stop) ? CheckpointLabel::kStop : CheckpointLabel::kLast;
  const std::string hash = HashOf(stopped, label);
  return !hash.empty() && hash == HashOf(usual, label);
}

// What was asked for, without the runs.
Comparison Declared(const ComparisonRow& row) {
  Comparison comparison;
  comparison.mode = row.mode;
  comparison.owner = row.owner;
  comparison.spec = row.spec;
  comparison.schedule_policy = row.schedule_policy;
  comparison.schedule_max_steps = row.schedule_max_steps;
  comparison.schedule_source = row.schedule_source;
  return comparison;
}

}  // namespace

Comparisons::Comparisons(RunQueue* queue, Store* store, Clock* clock, IdGenerator* ids,
                         FootprintFactors factors)
    : queue_(queue), store_(store), clock_(clock), ids_(ids), factors_(std::move(factors)) {}

absl::StatusOr<std::optional<FamilyMedian>> Comparisons::MeasuredMedian(const RunSpec& spec) const {
  const std::string family = SpecFamily(spec);
  if (std::optional<FamilyMedian> shipped = FindShippedMedian(family)) return shipped;
  // A run never counts towards its own schedule, or repeating a comparison would change it.
  ASSIGN_OR_RETURN(const std::vector<int64_t> steps,
                   store_->runs().GrokStepsOfFamily(family, SpecHash(spec)));
  if (steps.size() < kFewestRunsForAMedian) return std::optional<FamilyMedian>();
  const auto runs = static_cast<int64_t>(steps.size());
  return std::optional<FamilyMedian>(
      FamilyMedian{family, Median({steps.begin(), steps.end()}), runs, "runs in this store"});
}

absl::StatusOr<Comparison> Comparisons::Create(const CompareRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<FamilyMedian> median, MeasuredMedian(request.spec));
  const TrainingSchedule schedule = ResolveSchedule(request.schedule, request.spec, median);
  ComparisonRow row;
  row.created_at = clock_->Now().wall;
  row.comparison_id = ids_->Next(row.created_at);
  row.mode = request.mode;
  row.owner = request.owner;
  row.spec = request.spec;
  row.spec.max_steps = schedule.max_steps;
  row.schedule_policy = NameOf(schedule.policy);
  row.schedule_max_steps = schedule.max_steps;
  row.grok_multiple = schedule.grok_multiple;
  row.schedule_source = schedule.source;

  SubmitRequest submit;
  submit.spec = row.spec;
  submit.auto_stop = AutoStop::kObserve;
  submit.grok_multiple = schedule.grok_multiple;
  submit.owner = request.owner;
  submit.comparison_id = row.comparison_id;
  submit.validate_only = request.validate_only;
  if (!request.request_id.empty()) submit.request_id = absl::StrCat(request.request_id, "/usual");
  ASSIGN_OR_RETURN(const Run usual, queue_->Submit(submit));
  // Repeated after a crash, the run is the first call's and names the comparison that it is for.
  row.comparison_id = usual.comparison_id;
  row.usual_run_id = usual.run_id;
  row.stopped_run_id = usual.run_id;
  if (request.validate_only) {
    Comparison preview = Declared(row);
    preview.usual = usual;
    preview.stopped = usual;
    return preview;
  }
  if (request.mode == ComparisonMode::kParallel) {
    submit.auto_stop = AutoStop::kOn;
    submit.comparison_id = row.comparison_id;
    if (!request.request_id.empty()) {
      submit.request_id = absl::StrCat(request.request_id, "/stopped");
    }
    const absl::StatusOr<Run> stopped = queue_->Submit(submit);
    if (!stopped.ok()) {
      // One side alone compares nothing: it is not trained.
      queue_->Cancel(usual.run_id, "").IgnoreError();
      return stopped.status();
    }
    row.stopped_run_id = stopped->run_id;
  }
  ASSIGN_OR_RETURN(const std::string comparison_id,
                   store_->comparisons().Insert(row, request.request_id));
  return Get(comparison_id);
}

absl::StatusOr<Comparison> Comparisons::Get(const std::string& comparison_id) const {
  ASSIGN_OR_RETURN(const std::string id, store_->comparisons().ResolveId(comparison_id));
  ASSIGN_OR_RETURN(const ComparisonRow row, store_->comparisons().Get(id));
  return FromRow(row);
}

absl::StatusOr<std::vector<Comparison>> Comparisons::List(int64_t limit,
                                                          const std::string& visible_to) const {
  ASSIGN_OR_RETURN(const std::vector<ComparisonRow> rows,
                   store_->comparisons().List(limit, visible_to));
  std::vector<Comparison> comparisons;
  for (const ComparisonRow& row : rows) {
    ASSIGN_OR_RETURN(Comparison comparison, FromRow(row));
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

absl::StatusOr<Comparison> Comparisons::FromRow(const ComparisonRow& row) const {
  Comparison comparison = Declared(row);
  comparison.comparison_id = row.comparison_id;
  comparison.created_at = row.created_at;
  ASSIGN_OR_RETURN(comparison.usual, queue_->Get(row.usual_run_id));
  ASSIGN_OR_RETURN(std::vector<StepReport> all_reports,
                   store_->updates().ReadReports(row.usual_run_id));
  const std::vector<StepReport> reports = StandingReports(std::move(all_reports));
  if (row.mode == ComparisonMode::kShared) {
    ASSIGN_OR_RETURN(comparison.stopped, StoppedView(comparison.usual, reports));
    comparison.identical_prefix =
        true;  // one training: the prefix is the same bits by construction
  } else {
    ASSIGN_OR_RETURN(comparison.stopped, queue_->Get(row.stopped_run_id));
    comparison.identical_prefix = HaveEqualPrefix(comparison.usual, comparison.stopped);
    // Its stop was taken back, and it went on.
    if (IsByRule(comparison.stopped.stop) &&
        comparison.stopped.steps > comparison.stopped.stop->step) {
      ASSIGN_OR_RETURN(std::vector<StepReport> own,
                       store_->updates().ReadReports(row.stopped_run_id));
      ASSIGN_OR_RETURN(comparison.stopped,
                       StoppedView(comparison.stopped, StandingReports(std::move(own))));
    }
  }
  comparison.has_ended = HasEnded(comparison.usual.state) && HasEnded(comparison.stopped.state);
  if (comparison.has_ended) {
    ASSIGN_OR_RETURN(const std::optional<FamilyMedian> median, MeasuredMedian(row.spec));
    RETURN_IF_ERROR(Bill(comparison, reports, median));
  }
  return comparison;
}

absl::StatusOr<std::optional<EnergyFigure>> Comparisons::EnergyBetween(
    const StepReport& from, const StepReport& until) const {
  std::vector<LedgerInterval> between;
  for (int64_t attempt = from.attempt; attempt <= until.attempt; ++attempt) {
    const std::string consumer = AttemptConsumer(from.run_id, attempt);
    ASSIGN_OR_RETURN(std::vector<LedgerInterval> intervals, store_->ledger().Read(consumer));
    if (attempt == until.attempt) intervals = IntervalsUntil(intervals, until.monotonic);
    const absl::Duration begin =
        attempt == from.attempt ? from.monotonic : -absl::InfiniteDuration();
    const auto parts = IntervalsBetween(intervals, begin, absl::InfiniteDuration());
    between.insert(between.end(), parts.begin(), parts.end());
  }
  return SumIntervals(between);
}

absl::StatusOr<std::optional<Saving>> Comparisons::SavedAfter(
    const Run& usual, int64_t stop, const std::vector<StepReport>& reports,
    std::optional<EnergyFigure>& after) const {
  const std::optional<Joules> gross = EnergyAfter(EnergyCurve(reports), stop);
  if (!usual.energy || !gross) return std::optional<Saving>();
  if (const StepReport* report = FindReport(reports, stop)) {
    ASSIGN_OR_RETURN(after, EnergyBetween(*report, reports.back()));
  }
  return std::optional<Saving>(SavingOf(*gross, after, usual, factors_));
}

absl::StatusOr<Run> Comparisons::StoppedView(const Run& usual,
                                             const std::vector<StepReport>& reports) const {
  Run stopped = usual;
  if (!IsByRule(usual.stop)) return stopped;
  const StepReport* report = FindReport(reports, usual.stop->step);
  if (report == nullptr) return stopped;
  stopped.state = RunState::kStopped;
  stopped.steps = usual.stop->step;
  stopped.train_accuracy = report->evaluation.train_accuracy;
  stopped.validation_accuracy = report->evaluation.validation_accuracy;
  stopped.ended_at = NotBefore(report->time, BeginOf(stopped));
  std::erase_if(stopped.checkpoints,
                [&](const Checkpoint& checkpoint) { return checkpoint.step > usual.stop->step; });
  std::optional<EnergyFigure> after;
  ASSIGN_OR_RETURN(const std::optional<Saving> saved,
                   SavedAfter(usual, usual.stop->step, reports, after));
  if (saved) stopped.energy = WithoutSaved(*usual.energy, saved->gross, after);
  stopped.co2.reset();
  stopped.cost.reset();
  if (stopped.energy) {
    stopped.co2 = CarbonOf(stopped.energy->gross, factors_);
    stopped.cost = CostOf(stopped.energy->gross, factors_);
  }
  return stopped;
}

absl::Status Comparisons::Bill(Comparison& comparison, const std::vector<StepReport>& reports,
                               const std::optional<FamilyMedian>& median) const {
  // A schedule told as a multiple of the grok step ended where the run did.
  if (comparison.usual.grok_multiple && comparison.usual.state == RunState::kFinished) {
    comparison.schedule_max_steps = comparison.usual.steps;
  }
  comparison.naive_stop = NaiveStopOf(reports);
  if (!IsRulesSaving(comparison)) return absl::OkStatus();
  std::optional<EnergyFigure> after;
  ASSIGN_OR_RETURN(comparison.saved,
                   SavedAfter(comparison.usual, comparison.stopped.steps, reports, after));
  comparison.recuts = Recuts(comparison, reports, median);
  if (comparison.usual.validation_accuracy && comparison.stopped.validation_accuracy) {
    comparison.accuracy_change =
        *comparison.stopped.validation_accuracy - *comparison.usual.validation_accuracy;
  }
  if (!comparison.saved) return absl::OkStatus();
  for (const int64_t runs_per_year : FleetSizes()) {
    comparison.fleet.push_back(FleetOf(comparison.saved->gross, comparison.saved->low,
                                       comparison.saved->high, runs_per_year, factors_));
  }
  return absl::OkStatus();
}

}  // namespace powerdown
