#include "common/run/run_bundle.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/compression.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/bundle_reader.h"
#include "common/run/run_json.h"
#include "common/run/standing_reports.h"

namespace powerdown {
namespace {

constexpr std::string_view kHeaderStart = "{\"bundle\"";

Json HeaderJson(const RunBundle& bundle) {
  Json run = RunJson(bundle.run);
  for (const char* key :
       {"checkpoints", "comparison_id", "factors", "is_default", "co2_grams", "cost", "energy",
        "priority", "is_private", "short_id", "first_forecast"}) {
    run.erase(key);
  }
  Json ledger = Json::array();
  for (const LedgerInterval& interval : bundle.ledger) ledger.push_back(LedgerJson(interval));
  return {{"bundle", kBundleVersion}, {"run", std::move(run)}, {"ledger", std::move(ledger)}};
}

absl::StatusOr<std::vector<RunBundle>> ReadAll(BundleReader reader, std::string_view file_name) {
  std::vector<RunBundle> bundles;
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<BundleRow> row, reader.Next());
    if (!row) break;
    if (auto* head = std::get_if<BundleHead>(&*row)) {
      bundles.push_back({std::move(head->run), {}, std::move(head->ledger)});
    } else {
      bundles.back().updates.push_back(std::get<RunUpdate>(*std::move(row)));
    }
  }
  if (bundles.empty()) return absl::InvalidArgumentError(Concat(file_name, ": has no run"));
  return bundles;
}

// The id that a header begins with, as HeaderJson writes it.
std::string RunIdOf(std::string_view header) {
  constexpr std::string_view kBefore = ",\"run\":{\"run_id\":\"";
  const size_t found = header.substr(0, 64).find(kBefore);
  if (found == std::string_view::npos) return "";
  const std::string_view rest = header.substr(found + kBefore.size());
  return std::string(rest.substr(0, rest.find('"')));
}

// One attempt for each number that the reports have.
std::vector<Attempt> AttemptsOf(const std::vector<StepReport>& reports) {
  std::vector<Attempt> attempts;
  for (const StepReport& report : reports) {
    if (attempts.empty() || attempts.back().attempt != report.attempt) {
      if (!attempts.empty()) attempts.back().outcome = AttemptOutcome::kInterrupted;
      attempts.push_back({.attempt = report.attempt,
                          .first_step = report.evaluation.step,
                          .started_at = HasTime(report.time) ? report.time : absl::UnixEpoch(),
                          .outcome = AttemptOutcome::kFinished});
    }
    attempts.back().last_step = report.evaluation.step;
    if (HasTime(report.time)) attempts.back().ended_at = report.time;
  }
  return attempts;
}

RunEvent MilestoneOf(const Run& run, EventKind kind, int64_t step, absl::Time time) {
  RunEvent event;
  event.run_id = run.run_id;
  event.time = time;
  event.kind = kind;
  event.step = step;
  event.message = Concat(NameOf(kind), " at step ", step);
  return event;
}

// The energy that the log tells of, if it does.
std::vector<LedgerInterval> LedgerOf(const Run& run, const std::vector<StepReport>& reports,
                                     double coverage) {
  std::optional<Joules> energy;
  for (const StepReport& report : reports) {
    if (report.energy && std::isfinite(report.energy->value())) energy = report.energy;
  }
  if (!energy) return {};
  LedgerInterval interval;
  interval.coverage = coverage;
  interval.device = kImportedSource;
  interval.consumer = AttemptConsumer(run.run_id, reports.back().attempt);
  interval.end = std::max(absl::ZeroDuration(), reports.back().time - reports.front().time);
  // Coverage is weighted by time: a log that tells none has a microsecond for each step.
  if (interval.end == absl::ZeroDuration()) {
    interval.end = absl::Microseconds(reports.back().evaluation.step);
  }
  interval.joules = interval.low = interval.high = *energy;
  interval.source = kImportedSource;
  return {interval};
}

// Where a log tells times, a report without one has that of the report before it, and none is of a
// time before that: a clock was set back.
void FillTimes(std::vector<StepReport>& reports) {
  const auto first = std::find_if(reports.begin(), reports.end(),
                                  [](const StepReport& report) { return HasTime(report.time); });
  const bool has_times = first != reports.end();
  absl::Time time = has_times ? first->time : absl::UnixEpoch();
  int64_t attempt = 0;
  for (StepReport& report : reports) {
    const bool is_known = !has_times || HasTime(report.time);
    if (is_known) time = report.attempt == attempt ? std::max(time, report.time) : report.time;
    attempt = report.attempt;
    report.time = time;
  }
}

// When the run began and ended, if the log tells times at all.
void SetTimes(Run& run, const std::vector<StepReport>& reports) {
  for (const StepReport& report : reports) {
    if (!HasTime(report.time)) continue;
    run.started_at = std::min(run.started_at.value_or(report.time), report.time);
    run.ended_at = std::max(run.ended_at.value_or(report.time), report.time);
  }
}

}  // namespace

std::string FormatBundle(const RunBundle& bundle) {
  return JsonText(HeaderJson(bundle)) + "\n" + FormatUpdates(bundle.updates);
}

std::string FormatUpdates(std::span<const RunUpdate> updates) {
  std::string text;
  for (const RunUpdate& update : updates) {
    Json json = UpdateJson(update);
    json.erase("revision");
    json.erase("run_id");
    text += JsonText(json) + "\n";
  }
  return text;
}

absl::StatusOr<std::vector<RunBundle>> ParseBundles(std::string_view text,
                                                    std::string_view file_name) {
  return ReadAll(BundleReader::OfText(text, file_name), file_name);
}

bool IsBundle(std::string_view content) {
  return IsCompressed(content) || content.starts_with(kHeaderStart);
}

absl::StatusOr<std::string> UnpackBundles(std::string_view bytes, std::string_view file_name,
                                          size_t most_bytes) {
  if (bytes.starts_with(kHeaderStart)) {
    if (bytes.size() <= most_bytes) return std::string(bytes);
    return absl::ResourceExhaustedError(
        Concat(file_name, ": holds more than ", most_bytes, " bytes"));
  }
  absl::StatusOr<std::string> text = Decompress(bytes, most_bytes);
  if (text.ok()) return text;
  // Damaged bytes are the sender's: nothing of ours is lost.
  const absl::StatusCode code =
      absl::IsDataLoss(text.status()) ? absl::StatusCode::kInvalidArgument : text.status().code();
  return absl::Status(code, AbslView(Concat(file_name, ": ", StdView(text.status().message()))));
}

absl::StatusOr<std::vector<RunBundle>> ReadBundles(std::string_view bytes,
                                                   std::string_view file_name, size_t most_bytes) {
  return ReadAll(BundleReader::OfBytes(bytes, file_name, most_bytes), file_name);
}

std::vector<BundledRun> SplitBundles(std::string_view text) {
  std::vector<BundledRun> runs;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
    const std::string_view line = text.substr(start, end - start);
    if (runs.empty() || line.starts_with(kHeaderStart)) {
      runs.push_back({RunIdOf(line), line});
    } else {
      std::string_view& run = runs.back().text;
      run = std::string_view(run.data(), run.size() + line.size());
    }
    start = end;
  }
  return runs;
}

std::vector<StepReport> ReportsOf(const RunBundle& bundle) {
  std::vector<StepReport> reports;
  for (const RunUpdate& update : bundle.updates) {
    if (const auto* report = std::get_if<StepReport>(&update)) reports.push_back(*report);
  }
  return StandingReports(std::move(reports));
}

RunBundle BundleOfLog(Run run, std::vector<StepReport> reports, double energy_coverage) {
  RunBundle bundle;
  FillTimes(reports);
  run.attempts = AttemptsOf(reports);
  std::map<int64_t, int64_t> first_steps;
  for (const Attempt& attempt : run.attempts) first_steps[attempt.attempt] = attempt.first_step;
  const StandingSteps standing(first_steps);
  GrokTracker tracker;
  for (const StepReport& report : reports) {
    if (!standing.Has(report) || !IsEvaluated(report.evaluation)) continue;
    tracker.Observe(report.evaluation);
    run.train_accuracy = report.evaluation.train_accuracy;
    run.validation_accuracy = report.evaluation.validation_accuracy;
  }
  run.state = RunState::kFinished;
  run.steps = reports.back().evaluation.step;
  run.max_steps = std::max(run.max_steps, run.steps);
  run.memorised_step = tracker.memorised_step();
  run.grok_step = tracker.grok_step();
  SetTimes(run, reports);
  bundle.ledger = LedgerOf(run, reports, energy_coverage);
  const auto add = [&](EventKind kind, std::optional<int64_t>& step, int64_t at, absl::Time time) {
    if (!step || at < *step) return;
    bundle.updates.emplace_back(MilestoneOf(run, kind, *step, time));
    step.reset();
  };
  std::optional<int64_t> memorised = run.memorised_step;
  std::optional<int64_t> grokked = run.grok_step;
  bundle.updates.reserve(reports.size() + 2);
  for (StepReport& report : reports) {
    const int64_t step = report.evaluation.step;
    const absl::Time time = report.time;
    report.run_id = run.run_id;
    bundle.updates.emplace_back(std::move(report));
    add(EventKind::kMemorised, memorised, step, time);
    add(EventKind::kGrokked, grokked, step, time);
  }
  bundle.run = std::move(run);
  return bundle;
}

}  // namespace powerdown
