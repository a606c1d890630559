#include "server/run/worker_dialogue.h"

#include <cmath>
#include <utility>
#include <variant>

#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/utf8.h"
#include "common/run/event_details.h"
#include "server/run/run_events.h"

namespace powerdown {
namespace {

// One line's reading: the state, and what is collected for the queue.
struct Turn {
  RunProgress& progress;
  const std::optional<MeteredUse>& used;
  IdGenerator& ids;
  const Instant now;
  LineEffects effects;

  void Tell(EventKind kind, int64_t step, const std::string& message,
            const std::string& details_json) {
    effects.events.push_back(MakeEvent(progress.run, progress.attempt.attempt, kind, step, message,
                                       details_json, now.wall));
  }
  Checkpoint Stored(Checkpoint checkpoint) {
    checkpoint.checkpoint_id = ids.Next(now.wall);
    checkpoint.attempt = progress.attempt.attempt;
    checkpoint.file =
        Concat("runs/", progress.run.run_id, "/", checkpoint.attempt, "/", checkpoint.file);
    return checkpoint;
  }
};

void Take(Turn& turn, const HelloLine& line) {
  if (line.version == kWorkerLineVersion) return;
  turn.progress.failure = Concat("the worker speaks version ", line.version,
                                 " of the worker lines, the daemon version ", kWorkerLineVersion,
                                 ": install both from one build");
  turn.effects.must_kill = true;
}

void Take(Turn& turn, const StartedLine& line) {
  Run& run = turn.progress.run;
  Attempt& attempt = turn.progress.attempt;
  run.device = ShortText(line.device, kMostTextBytes);
  run.hardware = ShortText(line.hardware, kMostTextBytes);
  attempt.first_step = line.step;
  attempt.last_step = line.step;
  turn.effects.device = line.device;
  turn.effects.gpu_uuid = ShortText(line.gpu_uuid, kMostTextBytes);
  turn.effects.is_row_changed = true;
  turn.Tell(EventKind::kAttempt, line.step,
            run.command ? Concat("attempt ", attempt.attempt, " starts")
                        : Concat("attempt ", attempt.attempt, " starts at step ", line.step, " on ",
                                 line.device),
            "");
}

void Take(Turn& turn, const StepLine& line) {
  Run& run = turn.progress.run;
  Attempt& attempt = turn.progress.attempt;
  StepReport& report = turn.effects.report.emplace();
  report.run_id = run.run_id;
  report.attempt = attempt.attempt;
  report.monotonic = line.monotonic;
  report.time =
      NotBefore(turn.now.wall - (turn.now.monotonic - line.monotonic), attempt.started_at);
  report.evaluation = line.evaluation;
  report.gradient_norm = line.gradient_norm;
  report.weight_norm = line.weight_norm;
  report.activation_sparsity = line.activation_sparsity;
  report.features = line.features;
  report.metrics_json = line.metrics_json;
  if (turn.used) {
    report.power = turn.used->power;
    report.energy = turn.used->energy;
  }
  turn.effects.steps_done = line.evaluation.step - attempt.last_step;
  turn.effects.is_row_changed = true;
  attempt.last_step = line.evaluation.step;
  run.steps = line.evaluation.step;
  // A program tells each when it has it; a training of ours tells both.
  const double train = line.evaluation.train_accuracy;
  const double validation = line.evaluation.validation_accuracy;
  if (!std::isnan(train)) run.train_accuracy = train;
  if (!std::isnan(validation)) run.validation_accuracy = validation;
}

void Take(Turn& turn, const MilestoneLine& line) {
  Run& run = turn.progress.run;
  std::optional<int64_t>& milestone =
      line.kind == EventKind::kGrokked ? run.grok_step : run.memorised_step;
  if (milestone == line.step) return;  // a resumed attempt says it again
  milestone = line.step;
  turn.effects.is_row_changed = true;
  turn.Tell(line.kind, line.step, Concat(NameOf(line.kind), " at step ", line.step),
            FormatMilestoneDetails(line.known_at));
}

void Take(Turn& turn, const DecisionLine& line) {
  const Decision& decision = line.decision;
  if (!decision.stop) {
    turn.Tell(EventKind::kDecision, decision.step, Concat("goes on: ", decision.verdict.name()),
              DecisionToJson(decision));
    return;
  }
  Run& run = turn.progress.run;
  const AutoStop mode = run.auto_stop;
  const bool is_on = mode == AutoStop::kOn || mode == AutoStop::kPlanned;
  if (!run.stop) {
    run.stop =
        StopOutcome{decision.step, StopReason::kGrokked, Named<StopMode>::Parse(NameOf(mode))};
    turn.effects.is_row_changed = true;
  }
  turn.Tell(EventKind::kStopped, decision.step,
            is_on ? Concat("stopped at step ", decision.step, ": it has grokked")
                  : Concat("would have stopped at step ", decision.step,
                           ": it has grokked; observed only"),
            DecisionToJson(decision));
}

void Take(Turn& turn, const ForecastLine& line) {
  const Forecast& forecast = line.forecast;
  std::string message;
  if (line.kind == EventKind::kPlanned) {
    message = line.stop_step ? Concat("planned to pause at step ", *line.stop_step)
                             : "no pause is planned: it would come after the step limit";
  } else if (line.kind == EventKind::kAbandon) {
    message = Concat("forecast at step ", forecast.made_at_step,
                     ": the run will not grok within its step limit");
  } else {
    Run& run = turn.progress.run;
    run.forecast = forecast;
    if (run.memorised_step && !run.first_forecast) run.first_forecast = forecast;
    message = ForecastMessage(forecast);
  }
  turn.Tell(line.kind, forecast.made_at_step, message, FormatDetails(forecast, line.stop_step));
}

void Take(Turn& turn, const CheckpointLine& line) {
  const Checkpoint checkpoint = turn.Stored(line.checkpoint);
  turn.effects.checkpoints.push_back(checkpoint);
  turn.Tell(
      EventKind::kCheckpoint, checkpoint.step,
      Concat(checkpoint.label == CheckpointLabel::kNone ? "checkpoint" : checkpoint.label.name(),
             " at step ", checkpoint.step),
      FormatDetails(checkpoint));
}

void Take(Turn& turn, const FramesLine& line) {
  for (const CheckpointLine& frame : line.frames) {
    turn.effects.checkpoints.push_back(turn.Stored(frame.checkpoint));
  }
}

void Take(Turn& turn, const EndedLine& line) {
  turn.progress.ended = line;
}

void Take(Turn&, const AnswersLine&) {}  // LiveModels delivers answers before the queue sees them

// Why the worker's run failed, for people.
std::string FailureOf(const RunProgress& progress, const WorkerEnd& end) {
  if (!progress.failure.empty()) return progress.failure;
  if (progress.ended) return ShortText(progress.ended->reason, kMostTextBytes);
  return ShortText(Concat("worker ", end.description, " at step ", progress.attempt.last_step,
                          end.last_log_line.empty() ? "" : ": ", end.last_log_line),
                   kMostTextBytes);
}

struct Verdict {
  RunState state = RunState::kQueued;
  std::string reason;
  AttemptOutcome outcome = AttemptOutcome::kFailed;
};

// Of a worker that stopped by itself, which changes run.stop too.
Verdict StoppedVerdict(RunProgress& progress) {
  const Named<StopReason>& reason = progress.ended->stop_reason;
  if (reason == StopReason::kUser) {
    StopByUser(progress.run, progress.ended->step);
  } else if (reason == StopReason::kPlanned || reason == StopReason::kAbandoned) {
    progress.run.stop = StopOutcome{progress.ended->step, reason, StopMode::kOn};
  }
  return {RunState::kStopped, std::string(reason.name()), AttemptOutcome::kStopped};
}

Verdict PausedVerdict(RunProgress& progress, const WorkerEnd& end) {
  switch (end.asked) {
    case EndReason::kStop:  // asked for while the worker was already pausing
      StopByUser(progress.run, progress.ended->step);
      return {RunState::kStopped, std::string(NameOf(StopReason::kUser)), AttemptOutcome::kStopped};
    case EndReason::kBudget:
      return {RunState::kPaused, end.used_up, AttemptOutcome::kPaused};
    case EndReason::kPause:
      return {RunState::kPaused, "paused by its user", AttemptOutcome::kPaused};
    default:
      return {RunState::kQueued, Concat("continues from step ", progress.ended->step),
              AttemptOutcome::kInterrupted};
  }
}

// The run is not to blame: it waits, or rests where its user wanted it to.
Verdict TroubleVerdict(const RunProgress& progress, const WorkerEnd& end) {
  const std::string cause = FailureOf(progress, end);
  switch (end.asked) {
    case EndReason::kBudget:
      return {RunState::kPaused, end.used_up, AttemptOutcome::kInterrupted};
    case EndReason::kPause:
      return {RunState::kPaused,
              Concat("paused by its user; steps since the last checkpoint are lost: ", cause),
              AttemptOutcome::kInterrupted};
    case EndReason::kStop:
      return {RunState::kPaused,
              Concat("could not be stopped with a checkpoint; stop or resume it again: ", cause),
              AttemptOutcome::kInterrupted};
    default:
      return {RunState::kQueued, Concat("waits: ", cause), AttemptOutcome::kInterrupted};
  }
}

// A command has no checkpoint of ours: to start it again is to do all of it again, so that happens
// only as often as its user asked for.
Verdict JudgeCommand(RunProgress& progress, const WorkerEnd& end) {
  const bool has_said = progress.failure.empty() && progress.ended;
  const AttemptOutcome said = has_said ? progress.ended->outcome : AttemptOutcome::kFailed;
  if (said == AttemptOutcome::kFinished) return {RunState::kFinished, "", said};
  if (said == AttemptOutcome::kStopped) return StoppedVerdict(progress);
  const std::string cause = FailureOf(progress, end);
  const int64_t retries = progress.run.command->retries;
  const int64_t retry = progress.attempt.attempt;  // this would be the first after the first
  if (retry > retries || end.asked == EndReason::kStop) {
    return {RunState::kFailed, cause, AttemptOutcome::kFailed};
  }
  return {RunState::kQueued, Concat("is tried again, ", retry, " of ", retries, ": ", cause),
          AttemptOutcome::kFailed};
}

Verdict Judge(RunProgress& progress, const WorkerEnd& end) {
  const bool has_said = progress.failure.empty() && progress.ended;
  const AttemptOutcome said = has_said ? progress.ended->outcome : AttemptOutcome::kFailed;
  if (end.asked == EndReason::kCancel) {
    return {RunState::kCancelled, "cancelled by its user", AttemptOutcome::kCancelled};
  }
  if (progress.run.command) return JudgeCommand(progress, end);
  if (IsBoxTrouble(progress, end)) return TroubleVerdict(progress, end);
  if (said == AttemptOutcome::kFinished) return {RunState::kFinished, "", said};
  if (said == AttemptOutcome::kStopped) return StoppedVerdict(progress);
  if (said == AttemptOutcome::kPaused) return PausedVerdict(progress, end);
  if (end.asked != EndReason::kShutdown) {
    return {RunState::kFailed, FailureOf(progress, end), AttemptOutcome::kFailed};
  }
  return {RunState::kQueued, Concat("the daemon was shut down: ", FailureOf(progress, end)),
          AttemptOutcome::kInterrupted};
}

}  // namespace

LineEffects TakeLine(RunProgress& progress, const WorkerLine& line,
                     const std::optional<MeteredUse>& used, IdGenerator& ids, Instant now) {
  Turn turn{progress, used, ids, now, {}};
  std::visit([&](const auto& what) { Take(turn, what); }, line);
  return std::move(turn.effects);
}

EndRequest RequestOf(EndReason reason) {
  if (reason == EndReason::kStop) return EndRequest::kStop;
  // A cancelled run leaves a checkpoint too: cancelling loses nothing.
  return reason == EndReason::kShutdown ? EndRequest::kShutdown : EndRequest::kPause;
}

std::string_view VerbOf(EndReason reason) {
  switch (reason) {
    case EndReason::kNone:
      break;
    case EndReason::kShutdown:
      return "shut down";
    case EndReason::kBudget:
      return "pause for its energy budget";
    case EndReason::kPause:
      return "pause";
    case EndReason::kStop:
      return "stop";
    case EndReason::kCancel:
      return "cancel";
  }
  return "go on";
}

std::string AskedTo(EndReason reason) {
  return Concat("asked to ", VerbOf(reason));
}

bool IsBoxTrouble(const RunProgress& progress, const WorkerEnd& end) {
  if (!progress.failure.empty()) return false;
  if (progress.ended) return progress.ended->outcome == AttemptOutcome::kInterrupted;
  return end.is_foreign_kill;
}

std::vector<RunEvent> Conclude(RunProgress& progress, const WorkerEnd& end, absl::Time now) {
  const bool is_box_trouble = IsBoxTrouble(progress, end);
  const Verdict verdict = Judge(progress, end);
  Run& run = progress.run;
  run.state = verdict.state;
  run.state_reason = verdict.reason;
  run.asked_to_end = EndReason::kNone;
  progress.attempt.ended_at = NotBefore(now, progress.attempt.started_at);
  progress.attempt.outcome = verdict.outcome;
  progress.attempt.reason = verdict.reason;
  std::vector<RunEvent> events;
  if (is_box_trouble && !HasEnded(run.state)) {
    events.push_back(MakeEvent(run, progress.attempt.attempt, EventKind::kGap, run.steps,
                               run.state_reason, "", now));
  }
  if (run.state == RunState::kFailed) {
    events.push_back(MakeEvent(run, progress.attempt.attempt, EventKind::kFailed, run.steps,
                               run.state_reason, "", now));
  }
  events.push_back(StateEvent(run, now));
  if (HasEnded(run.state)) {
    run.ended_at = NotBefore(now, BeginOf(run));
    events.push_back(FinishedEvent(run, now));
  }
  return events;
}

}  // namespace powerdown
