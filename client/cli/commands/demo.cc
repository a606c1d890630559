#include <algorithm>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "client/cli/bundle_folder.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/recorded_runs.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "client/cli/terminal/live_display.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/shipped.h"
#include "common/run/energy_curve.h"
#include "common/run/run_json.h"
#include "common/run/run_spec.h"
#include "common/study/replay.h"
#include "common/study/simulated_run.h"

namespace powerdown {
namespace {

constexpr absl::Duration kFrame = absl::Milliseconds(40);
constexpr absl::Duration kLongest = absl::Seconds(9);  // of a run at full speed
constexpr double kFullSpeed = 1000;

struct DemoOptions {
  double speed = 100;
  bool is_simulated = false;
  RunSpec spec;        // of a simulated run
  std::string run_id;  // of a recorded run; empty: a typical one
  std::string predictor_file;
};

absl::StatusOr<DemoOptions> ReadDemo(const CommandWords& words) {
  DemoOptions options{.run_id = words.Operand(), .predictor_file = words.Text("--predictor")};
  ASSIGN_OR_RETURN(const int64_t speed, words.Whole("--speed", 100, 1, 1000));
  options.speed = static_cast<double>(speed);
  options.is_simulated = words.Has("--simulate") || HasSpecFlag(words);
  if (options.is_simulated) {
    ASSIGN_OR_RETURN(options.spec, ReadSpec(words));
  }
  return options;
}

bool HasDelayedGrok(const Run& run) {
  return run.grok_step && run.memorised_step && *run.grok_step > 10 * *run.memorised_step;
}

// The run whose id begins with `run_id`. Without an id: the first run with a delayed grok, which is
// what the demo is to show.
absl::StatusOr<RunBundle> RecordedBundle(const BundleFolder& recorded, const std::string& run_id) {
  for (const BundledRun& run : recorded.runs()) {
    if (!run_id.empty()) {
      if (absl::StartsWith(run.run_id, run_id)) return recorded.Read(run);
      continue;
    }
    ASSIGN_OR_RETURN(const RunBundle header, recorded.ReadHeader(run));
    if (HasDelayedGrok(header.run)) return recorded.Read(run);
  }
  return absl::NotFoundError(run_id.empty() ? "no recorded run has a delayed grok"
                                            : Concat("no recorded run ", run_id));
}

RunEvent StoppedEvent(const Run& run, int64_t step) {
  RunEvent event;
  event.run_id = run.run_id;
  event.kind = EventKind::kStopped;
  event.step = step;
  event.message = Concat("would have stopped at step ", step, ": it has grokked; observed only");
  return event;
}

// The updates, with one more where the rule would stop.
std::vector<RunUpdate> WithStop(const RunBundle& bundle, const Replay& replay) {
  std::vector<RunUpdate> updates;
  for (const RunUpdate& update : bundle.updates) {
    const auto* event = std::get_if<RunEvent>(&update);
    if (event != nullptr && event->kind == EventKind::kStopped) continue;
    updates.push_back(update);
    const auto* report = std::get_if<StepReport>(&update);
    if (report != nullptr && replay.stop_step == report->evaluation.step) {
      updates.emplace_back(StoppedEvent(bundle.run, *replay.stop_step));
    }
  }
  return updates;
}

absl::StatusOr<RunBundle> Simulated(const BundleFolder& recorded, const DemoOptions& options) {
  ASSIGN_OR_RETURN(const auto predictor, LoadPredictor(options.predictor_file));
  const Forecast forecast = predictor->Before(SpecFeatures(options.spec), options.spec.max_steps);
  std::vector<RecordedRun> nearest;
  for (const std::string& run_id : forecast.leans_on) {
    ASSIGN_OR_RETURN(RunBundle bundle, RecordedBundle(recorded, run_id));
    nearest.push_back({std::move(bundle.run), ReportsOf(bundle)});
  }
  return SimulateRun(options.spec, forecast, BasisOf(nearest, options.spec));
}

absl::Time TimeOf(const RunUpdate& update, absl::Time otherwise) {
  const auto* report = std::get_if<StepReport>(&update);
  return report == nullptr ? otherwise : report->time;
}

void Play(Console& console, const RunBundle& bundle, const std::vector<RunUpdate>& updates,
          double speed) {
  LiveDisplay display(console, bundle.run, [&] { return absl::StatusOr<Run>(bundle.run); });
  display.MakeComparison(bundle.run.run_id, /*trains_both=*/false);
  const absl::Time begin = TimeOf(updates.front(), bundle.run.created_at);
  const absl::Duration whole = ReportsOf(bundle).back().time - begin;
  if (speed >= kFullSpeed) speed = std::max(speed, absl::FDivDuration(whole, kLongest));
  const absl::Time start = absl::Now();
  absl::Time recorded = begin;
  for (const RunUpdate& update : updates) {
    recorded = std::max(recorded, TimeOf(update, recorded));
    for (;;) {
      const absl::Duration left = (recorded - begin) / speed - (absl::Now() - start);
      if (left <= absl::ZeroDuration()) break;
      absl::SleepFor(std::min(left, kFrame));
      display.Tick(absl::Now());
    }
    display.Apply(0, update);
  }
  Run ended = bundle.run;
  ended.state = RunState::kFinished;
  display.Finish(ended);
}

Json DemoJson(const RunBundle& bundle, const Replay& replay, bool is_modelled) {
  const std::vector<StepReport> reports = ReportsOf(bundle);
  const int64_t last = reports.back().evaluation.step;
  Json json = {
      {"modelled", is_modelled}, {"spec", SpecJson(bundle.run.spec)}, {"usual_steps", last}};
  if (!is_modelled) json["run_id"] = bundle.run.run_id;
  const auto put = [&](const char* key, const std::optional<int64_t>& step) {
    if (step) json[key] = *step;
  };
  put("memorised_step", replay.memorised_step);
  put("grok_step", replay.grok_step);
  put("stop_step", replay.stop_step);
  if (bundle.run.forecast && is_modelled) json["forecast"] = ForecastJson(*bundle.run.forecast);
  if (!reports.back().energy) return json;
  const SeriesPyramid energy = EnergyCurve(reports);
  const Joules usual = *EnergyAtEnd(energy);
  json["usual_joules"] = NumberJson(usual.value());
  if (!replay.stop_step) return json;
  const Joules stopped = *EnergyAt(energy, *replay.stop_step);
  json["stopped_joules"] = NumberJson(stopped.value());
  json["saved_share"] = NumberJson(1 - stopped / usual);
  return json;
}

std::string DemoText(const Json& json, const RunBundle& bundle, bool is_modelled) {
  std::string text = is_modelled
                         ? "modelled: this run was never trained, and nothing was measured\n"
                         : Concat("recorded run ", json["run_id"].get<std::string>(), "\n");
  for (const auto& [key, value] : json.items()) {
    if (value.is_number()) text += Concat("  ", key, ": ", JsonText(value), "\n");
  }
  if (is_modelled && !IsExpectedToGrok(*bundle.run.forecast)) {
    text += Concat("  not expected to grok within the step limit of ",
                   CountText(bundle.run.spec.max_steps), "\n");
  }
  return text;
}

absl::StatusOr<ExitCode> ShowDemo(Session& session, const DemoOptions& options) {
  ASSIGN_OR_RETURN(const BundleFolder recorded, BundleFolder::Open(RecordedFolder()));
  ASSIGN_OR_RETURN(const RunBundle bundle, options.is_simulated
                                               ? Simulated(recorded, options)
                                               : RecordedBundle(recorded, options.run_id));
  const std::vector<StepReport> reports = ReportsOf(bundle);
  const Replay replay = ReplayRun(reports, reports.back().evaluation.step);
  const std::vector<RunUpdate> updates = WithStop(bundle, replay);
  Console& console = session.console();
  if (console.IsForPeople()) {
    if (options.is_simulated) console.Say("modelled: this run was never trained");
    Play(console, bundle, updates, options.speed);
  }
  if (console.format() == OutputFormat::kJsonLines) {
    for (const RunUpdate& update : updates) {
      Json line = UpdateJson(update);
      if (options.is_simulated) line["modelled"] = true;
      RETURN_IF_ERROR(console.WriteJsonLine(line));
    }
  }
  const Json json = DemoJson(bundle, replay, options.is_simulated);
  return Done(PrintObject(
      console, json, [&](const Style&) { return DemoText(json, bundle, options.is_simulated); }));
}

}  // namespace

CommandTree DemoCommand() {
  CommandTree demo{
      .name = "demo",
      .help = "play a recorded or modelled run in the live view; needs no daemon",
      .examples = {"powerdown demo", "powerdown demo --speed 1000 --simulate --task division"},
      .operand = {.name = "RUN", .is_required = false},
      .flags = {Flag("--speed", "1..1000", "times as fast as it was recorded [100]"),
                Flag("--simulate", "", "model a run of SPEC that was never trained"),
                PredictorFlag()},
      .read = ReadThenRun(ReadDemo, ShowDemo)};
  AddSpecFlags(demo);
  return demo;
}

}  // namespace powerdown
