#include "common/run/run_bundle.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/base/compression.h"
#include "common/base/json.h"
#include "common/base/lines.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/bundle_check.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"
#include "common/run/standing_reports.h"

namespace powerdown {
namespace {

constexpr int kBundleVersion = 1;
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

// Nothing ends before it begins, nor begins before it was made: what another program wrote, or an
// older version made of it, may say so.
void OrderTimes(Run& run) {
  if (run.started_at) run.created_at = std::min(run.created_at, *run.started_at);
  if (run.ended_at) run.ended_at = std::max(*run.ended_at, run.started_at.value_or(run.created_at));
  for (Attempt& attempt : run.attempts) {
    if (attempt.ended_at) attempt.ended_at = std::max(*attempt.ended_at, attempt.started_at);
  }
}

// A report without a time has that of the one before it; the first of a log without any, `start`.
void FillTimes(absl::Time start, std::vector<StepReport>& reports) {
  const auto has_time = [](const StepReport& report) { return report.time != absl::UnixEpoch(); };
  const auto first = std::find_if(reports.begin(), reports.end(), has_time);
  absl::Time time = first == reports.end() ? start : first->time;
  for (StepReport& report : reports) {
    if (has_time(report)) time = std::max(time, report.time);
    report.time = time;
  }
}

class BundleParser {
 public:
  absl::Status Take(std::string_view line) {
    ASSIGN_OR_RETURN(const Json json, ParseJsonObject(line));
    if (json.contains("bundle")) return TakeHeader(json);
    if (bundles_.empty()) {
      return absl::InvalidArgumentError("the first line must be the header of a bundle");
    }
    RunBundle& bundle = bundles_.back();
    if (json.contains("event")) {
      ASSIGN_OR_RETURN(RunEvent event, EventFromJson(json));
      RETURN_IF_ERROR(check_.Take(event));
      event.run_id = bundle.run.run_id;
      bundle.updates.push_back(std::move(event));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(StepReport report, ReportFromJson(json));
    RETURN_IF_ERROR(check_.Take(report));
    report.run_id = bundle.run.run_id;
    bundle.updates.push_back(std::move(report));
    return absl::OkStatus();
  }
  std::vector<RunBundle> Release() { return std::move(bundles_); }

 private:
  absl::Status TakeHeader(const Json& json) {
    if (json["bundle"] != kBundleVersion) {
      return absl::InvalidArgumentError(Concat("the bundle has version ", JsonText(json["bundle"]),
                                               "; this program reads version ", kBundleVersion,
                                               ": update powerdown"));
    }
    if (!json.contains("run") || !json["run"].is_object()) {
      return absl::InvalidArgumentError("the header has no \"run\"");
    }
    RunBundle bundle;
    ASSIGN_OR_RETURN(bundle.run, RunFromJson(json["run"]));
    bundle.run.priority = 0;
    bundle.run.is_private = false;
    RETURN_IF_ERROR(check_.Take(bundle.run));
    OrderTimes(bundle.run);
    if (json.contains("ledger")) {
      if (!json["ledger"].is_array()) return absl::InvalidArgumentError("ledger: is not an array");
      for (const Json& interval : json["ledger"]) {
        ASSIGN_OR_RETURN(bundle.ledger.emplace_back(), LedgerFromJson(interval));
        RETURN_IF_ERROR(check_.Take(bundle.ledger.back()));
      }
    }
    bundles_.push_back(std::move(bundle));
    return absl::OkStatus();
  }

  BundleCheck check_;
  std::vector<RunBundle> bundles_;
};

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
                          .started_at = report.time,
                          .outcome = AttemptOutcome::kFinished});
    }
    attempts.back().last_step = report.evaluation.step;
    attempts.back().ended_at = report.time;
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
std::vector<LedgerInterval> LedgerOf(const Run& run, const std::vector<StepReport>& reports) {
  const std::optional<Joules> energy = reports.back().energy;
  if (!energy || !std::isfinite(energy->value())) return {};
  LedgerInterval interval;
  interval.device = kImportedSource;
  interval.consumer = AttemptConsumer(run.run_id, reports.back().attempt);
  interval.end = std::max(absl::ZeroDuration(), reports.back().time - reports.front().time);
  interval.joules = interval.low = interval.high = *energy;
  interval.source = kImportedSource;
  return {interval};
}

}  // namespace

std::string FormatBundle(const RunBundle& bundle) {
  return JsonText(HeaderJson(bundle)) + "\n" + FormatUpdates(bundle.updates);
}

std::string FormatUpdates(const std::vector<RunUpdate>& updates) {
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
  BundleParser parser;
  RETURN_IF_ERROR(
      ForEachLine(text, file_name, [&](std::string_view line) { return parser.Take(line); }));
  std::vector<RunBundle> bundles = parser.Release();
  if (bundles.empty()) return absl::InvalidArgumentError(Concat(file_name, ": has no run"));
  return bundles;
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
  ASSIGN_OR_RETURN(const std::string text, UnpackBundles(bytes, file_name, most_bytes));
  return ParseBundles(text, file_name);
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

RunBundle BundleOfLog(Run run, std::vector<StepReport> reports) {
  RunBundle bundle;
  FillTimes(run.created_at, reports);
  run.attempts = AttemptsOf(reports);
  for (StepReport& report : reports) report.run_id = run.run_id;
  const std::vector<StepReport> standing = StandingReports(reports);
  const StepReport& last = standing.back();
  GrokTracker tracker;
  for (const StepReport& report : standing) tracker.Observe(report.evaluation);
  const auto add = [&](const StepReport& report, EventKind kind, std::optional<int64_t>& step) {
    if (!step || report.evaluation.step < *step) return;
    bundle.updates.emplace_back(MilestoneOf(run, kind, *step, report.time));
    step.reset();
  };
  std::optional<int64_t> memorised = tracker.memorised_step();
  std::optional<int64_t> grokked = tracker.grok_step();
  for (const StepReport& report : reports) {
    bundle.updates.emplace_back(report);
    add(report, EventKind::kMemorised, memorised);
    add(report, EventKind::kGrokked, grokked);
  }
  run.state = RunState::kFinished;
  run.steps = last.evaluation.step;
  run.max_steps = std::max(run.max_steps, run.steps);
  run.train_accuracy = last.evaluation.train_accuracy;
  run.validation_accuracy = last.evaluation.validation_accuracy;
  run.memorised_step = tracker.memorised_step();
  run.grok_step = tracker.grok_step();
  run.started_at = standing.front().time;
  run.ended_at = last.time;
  OrderTimes(run);
  bundle.ledger = LedgerOf(run, reports);
  bundle.run = std::move(run);
  return bundle;
}

}  // namespace powerdown
