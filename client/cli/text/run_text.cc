#include "client/cli/text/run_text.h"

#include <algorithm>

#include "client/cli/text/table.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "client/model/run_label.h"
#include "client/model/run_outcome.h"
#include "client/model/run_saving.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

constexpr size_t kShortHash = 12;

Ink OutcomeInk(const Run& run) {
  switch (RunOutcomeOf(run)) {
    case RunOutcome::kRunning:
      return Ink::kTrain;
    case RunOutcome::kGrokked:
    case RunOutcome::kStopped:
      return Ink::kGood;
    case RunOutcome::kPartial:
    case RunOutcome::kNever:
    case RunOutcome::kAbandoned:
      return Ink::kWaste;
    case RunOutcome::kFailed:
      return Ink::kBad;
    default:
      return Ink::kPlain;
  }
}

std::string StateText(const Run& run, const Style& style) {
  return style.Paint(OutcomeInk(run), NameOf(run.state));
}

std::string AccuracyText(const std::optional<double>& accuracy, int decimals = 1) {
  return accuracy ? PercentText(*accuracy, decimals) : "–";
}

std::string NameText(const Run& run) {
  return Printable(run.name);
}

std::string StepsText(const Run& run) {
  if (!run.grok_multiple) return ProgressText(run);
  return Concat(CountText(run.steps), " of at most ", CountText(run.max_steps));
}

std::string EnergyLine(const Run& run) {
  if (!run.energy) return "not known yet";
  const EnergyFigure& energy = *run.energy;
  std::string text = Concat(EnergyText(energy.gross), " (", EnergyText(energy.low), " to ",
                            EnergyText(energy.high), "; ", EnergyLabel(energy), ")");
  if (energy.net) text += Concat(", ", EnergyText(*energy.net), " above the idle machine");
  return text;
}

std::string StopLine(const StopOutcome& stop) {
  const std::string step = Concat("step ", CountText(stop.step));
  const std::string reason = Printable(stop.reason.name());
  switch (stop.mode.value()) {
    case StopMode::kObserve:
      return Concat("would have stopped at ", step, ", ", reason, " (observed only)");
    case StopMode::kUser:
      return Concat("stopped by the user at ", step);
    case StopMode::kOn:
    case StopMode::kPlanned:
      return Concat("stopped by the rule at ", step, ", ", reason);
    default:
      return Concat("stopped at ", step, ", ", reason,
                    stop.mode == StopMode::kTakenBack ? "; taken back" : "");
  }
}

std::string ForecastLine(const Run& run) {
  if (HasEnded(run.state) || run.grok_step) return ForecastOutcome(run);
  return ForecastText(*run.forecast, run.max_steps);
}

std::string SavedLine(const Run& run, const Saving& saved) {
  return Concat(PercentText(saved.share), ": ", EnergyText(saved.gross), " (",
                EnergyText(saved.low), " to ", EnergyText(saved.high), "), ", CarbonText(saved.co2),
                " CO2, ", MoneyText(saved.cost), ", extrapolated to its schedule of ",
                CountText(run.max_steps), " steps");
}

TextTable Facts(const Run& run, const Style& style) {
  TextTable facts({"", ""});
  const auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) facts.AddRow({style.Paint(Ink::kFaint, name), std::move(value)});
  };
  std::string state = StateText(run, style);
  if (!run.state_reason.empty()) state += Concat(": ", Printable(run.state_reason));
  add("run", run.run_id.empty()     ? "none: only checked, nothing is queued"
             : run.short_id.empty() ? run.run_id
                                    : Concat(run.short_id, "   (", run.run_id, ")"));
  add("name", NameText(run));
  add("state", state);
  add(run.command ? "command" : "training", TrainingText(run));
  if (run.command) {
    add("directory", Printable(run.command->directory));
    add("account", Printable(run.command->account));
    add("variables", Printable(Join(run.command->variables, ", ")));
    add("goal",
        Printable(run.command->generalised.empty() ? kUsualGoal : run.command->generalised));
  }
  add("steps", StepsText(run));
  add("accuracy", Concat("train ", AccuracyText(run.train_accuracy, 2), ", validation ",
                         AccuracyText(run.validation_accuracy, 2)));
  if (run.memorised_step) add("memorised", StepText(run.memorised_step));
  if (run.grok_step) add("grokked", StepText(run.grok_step));
  add("auto-stop", run.stop ? StopLine(*run.stop) : std::string(NameOf(run.auto_stop)));
  const bool is_forecast = !run.command || run.max_steps > 0;
  if (run.forecast || (HasEnded(run.state) && is_forecast)) add("forecast", ForecastLine(run));
  add("energy", EnergyLine(run));
  if (const auto saved = SavedAgainstSchedule(run)) add("saved", SavedLine(run, *saved));
  if (run.co2) add("CO2", Concat(CarbonText(*run.co2), ", at ", CarbonFactorText(run.factors)));
  if (const auto rent = RentOf(run)) {
    add("rent", Concat(MoneyText(*rent), ", for the box from start to end; not included in money"));
  }
  if (run.cost) add("money", Concat(MoneyText(*run.cost), ", at ", PriceFactorText(run.factors)));
  if (!run.device.empty()) add("device", Concat(run.device, ", ", Printable(run.hardware)));
  add("tags", Printable(Join(run.tags, ", ")));
  add("comparison", run.comparison_id);
  add("owner", Printable(run.owner));
  add("submitted", LocalTimeText(run.created_at));
  if (run.ended_at) add("ended", LocalTimeText(*run.ended_at));
  return facts;
}

std::string Attempts(const Run& run, const Style& style) {
  // A single attempt adds nothing to the state.
  if (run.attempts.size() < 2) return "";
  TextTable table({{"attempt", Align::kRight},
                   {"from step", Align::kRight},
                   {"to step", Align::kRight},
                   "outcome"});
  for (const Attempt& attempt : run.attempts) {
    std::string outcome =
        attempt.outcome == AttemptOutcome::kRunning ? "running" : Printable(attempt.outcome.name());
    if (!attempt.reason.empty()) outcome += Concat(": ", Printable(attempt.reason));
    table.AddRow({Concat(attempt.attempt), CountText(attempt.first_step),
                  CountText(attempt.last_step), outcome});
  }
  return Concat("\n", table.Text(style));
}

std::string Checkpoints(const Run& run, const Style& style) {
  if (run.checkpoints.empty()) return "";
  TextTable table({"checkpoint",
                   {"step", Align::kRight},
                   "kind",
                   {"size", Align::kRight},
                   {"sha256", Align::kLeft, 1}});
  int64_t frames = 0;
  int64_t frame_bytes = 0;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.label == CheckpointLabel::kNone && checkpoint.kind == CheckpointKind::kWeights) {
      ++frames;
      frame_bytes += checkpoint.bytes;
      continue;
    }
    const std::string label(checkpoint.label.name());
    table.AddRow({label.empty() ? checkpoint.checkpoint_id : label, CountText(checkpoint.step),
                  std::string(checkpoint.kind.name()),
                  QuantityText(static_cast<double>(checkpoint.bytes), "B"),
                  checkpoint.sha256.substr(0, kShortHash)});
  }
  if (frames > 0) {
    table.AddRow({Concat(frames, " frames for quizzes"), "", "weights",
                  QuantityText(static_cast<double>(frame_bytes), "B")});
  }
  return Concat("\n", table.Text(style));
}

// Whether another event says the same, or people need not read this one.
bool IsSilent(const RunEvent& event) {
  const std::optional<StateDetails> details = StateDetailsOf(event);
  switch (event.kind.value()) {
    case EventKind::kCheckpoint:
    case EventKind::kDecision:
    case EventKind::kEnergy:
      return true;
    case EventKind::kState:
      // The event that led to one of these states was printed.
      return details &&
             (details->state == RunState::kRunning || details->state == RunState::kStopped ||
              details->state == RunState::kFinished || details->state == RunState::kFailed);
    case EventKind::kFinished:
      return details && details->state == RunState::kFailed;  // the event "failed" said why
    default:
      return false;
  }
}

}  // namespace

std::string RunLine(const Run& run, const Style& style) {
  std::vector<std::string> parts = {Concat("run ", ShownId(run)), StateText(run, style),
                                    TrainingText(run)};
  if (!run.state_reason.empty()) parts.push_back(Printable(run.state_reason));
  return Join(parts, " · ");
}

std::string RunBlock(const Run& run, const Style& style) {
  return Facts(run, style).Text(style) + Attempts(run, style) + Checkpoints(run, style);
}

std::string RunTable(const std::vector<Run>& runs, absl::Time now, const Style& style) {
  const bool has_owners = std::any_of(
      runs.begin(), runs.end(), [&](const Run& run) { return run.owner != runs.front().owner; });
  TextTable table({"run", {"age", Align::kRight, 2}});
  if (has_owners) table.AddColumn("owner");
  table.AddColumn("outcome");
  table.Add({"step", Align::kRight, 3});
  table.Add({"validation", Align::kRight, 4});
  table.Add({"grokked", Align::kRight, 1});
  table.Add({"energy", Align::kRight});
  table.AddColumn("training");
  for (const Run& run : runs) {
    std::vector<std::string> cells = {run.run_id.empty() ? "–" : ShownId(run),
                                      AgeText(now - run.created_at)};
    if (has_owners) cells.push_back(Printable(run.owner));
    for (std::string cell :
         {style.Paint(OutcomeInk(run), OutcomeWord(run)), CountText(run.steps),
          AccuracyText(run.validation_accuracy), Cell(run.grok_step, CountText),
          run.energy ? EnergyText(run.energy->gross) : std::string("–"), RunLabel(run)}) {
      cells.push_back(std::move(cell));
    }
    table.AddRow(std::move(cells));
  }
  return table.Text(style);
}

std::string QueueTable(const std::vector<Run>& runs, const Style& style) {
  std::vector<const Run*> waiting;
  for (const Run& run : runs) {
    if (run.state == RunState::kQueued) waiting.push_back(&run);
  }
  std::sort(waiting.begin(), waiting.end(),
            [](const Run* a, const Run* b) { return a->created_at < b->created_at; });
  TextTable table({{"place", Align::kRight}, "run", "training", "why it waits"});
  for (size_t i = 0; i < waiting.size(); ++i) {
    const Run& run = *waiting[i];
    table.AddRow({Concat(i + 1), ShownId(run), RunLabel(run), Printable(run.state_reason)});
  }
  return table.Text(style);
}

std::string EventText(const RunEvent& event) {
  if (IsSilent(event)) return "";
  std::string text = Printable(event.message.empty() ? event.kind.name() : event.message);
  if (event.step && text.find("step") == std::string::npos) {
    text += Concat(" at step ", CountText(*event.step));
  }
  return text;
}

}  // namespace powerdown
