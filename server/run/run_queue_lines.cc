// What the queue does with what its workers say, and with their ends.
#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "common/run/event_details.h"
#include "server/run/run_queue.h"
#include "server/run/run_queue_events.h"

namespace powerdown {
namespace {

// The last line of a log, for an error message; empty if there is none.
std::string LastLine(const std::string& file) {
  std::ifstream log(file, std::ios::ate);
  if (!log) return "";
  constexpr std::streamoff kTail = 4096;
  log.seekg(std::max<std::streamoff>(0, static_cast<std::streamoff>(log.tellg()) - kTail));
  std::string last;
  for (std::string line; std::getline(log, line);) {
    if (!absl::StripAsciiWhitespace(line).empty()) last = line;
  }
  return last;
}

}  // namespace

void RunQueue::TakeLines(ActiveRun& active) {
  WorkerInbox::Content content = active.inbox->Take();
  for (const std::string& text : content.lines) {
    absl::StatusOr<WorkerLine> line = ParseLine(text);
    if (line.ok()) {
      active.waiting_lines.push_back(*std::move(line));
    } else if (active.failure.empty()) {
      active.failure = absl::StrCat("worker said what is no line: ", line.status().message());
      active.worker->Kill();
    }
  }
  if (content.exit) active.exit = std::move(content.exit);
}

void RunQueue::OnWorkerLine(ActiveRun& active, const WorkerLine& line, Instant now) {
  if (const auto* hello = std::get_if<HelloLine>(&line)) {
    if (hello->version == kWorkerLineVersion) return;
    active.failure = absl::StrCat("worker speaks version ", hello->version, ", the daemon ",
                                  kWorkerLineVersion, ": install both from one build");
    active.worker->Kill();
  } else if (const auto* started = std::get_if<StartedLine>(&line)) {
    OnStarted(active, *started, now);
  } else if (const auto* step = std::get_if<StepLine>(&line)) {
    OnStep(active, *step, now);
  } else if (const auto* milestone = std::get_if<MilestoneLine>(&line)) {
    OnMilestone(active, *milestone, now);
  } else if (const auto* decision = std::get_if<DecisionLine>(&line)) {
    OnDecision(active, *decision, now);
  } else if (const auto* forecast = std::get_if<ForecastLine>(&line)) {
    OnForecast(active, *forecast, now);
  } else if (const auto* checkpoint = std::get_if<CheckpointLine>(&line)) {
    OnCheckpoint(active, *checkpoint, now);
  } else if (const auto* frames = std::get_if<FramesLine>(&line)) {
    OnFrames(active, *frames, now);
  } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
    active.ended = *ended;
    // It has nothing more to do: one that lingers is ended.
    if (!active.kill_at) active.kill_at = now.monotonic + options_.end_grace;
  }
}

void RunQueue::OnStarted(ActiveRun& active, const StartedLine& line, Instant now) {
  active.run.device = line.device;
  sampler_->SetConsumerDevice(active.consumer, line.device);
  active.run.hardware = line.hardware;
  active.attempt.first_step = line.step;
  active.attempt.last_step = line.step;
  active.is_dirty = true;
  AppendEvent(active.run, active.attempt.attempt, EventKind::kAttempt, line.step,
              absl::StrCat("attempt ", active.attempt.attempt, " starts at step ", line.step,
                           " on ", line.device),
              "", now);
}

void RunQueue::OnStep(ActiveRun& active, const StepLine& line, Instant now) {
  StepReport report;
  report.run_id = active.run.run_id;
  report.attempt = active.attempt.attempt;
  report.monotonic = line.monotonic;
  report.time = now.wall - (now.monotonic - line.monotonic);
  report.evaluation = line.evaluation;
  report.gradient_norm = line.gradient_norm;
  report.weight_norm = line.weight_norm;
  report.activation_sparsity = line.activation_sparsity;
  report.features = line.features;
  if (const auto standing = sampler_->StandingAt(active.consumer, line.monotonic)) {
    report.power = standing->power;
    report.energy = standing->energy + active.earlier_energy.value_or(Joules(0));
  }
  EnforceBudgets(active, report.energy, now);
  store_->group().Append(std::move(report));
  sampler_->NoteSteps(active.consumer, line.evaluation.step - active.attempt.last_step,
                      line.monotonic);
  active.attempt.last_step = line.evaluation.step;
  active.run.steps = line.evaluation.step;
  active.run.train_accuracy = line.evaluation.train_accuracy;
  active.run.validation_accuracy = line.evaluation.validation_accuracy;
  active.is_dirty = true;
}

void RunQueue::OnMilestone(ActiveRun& active, const MilestoneLine& line, Instant now) {
  std::optional<int64_t>& milestone =
      line.kind == EventKind::kGrokked ? active.run.grok_step : active.run.memorised_step;
  if (milestone == line.step) return;  // told again by a resumed attempt
  milestone = line.step;
  active.is_dirty = true;
  AppendEvent(active.run, active.attempt.attempt, line.kind, line.step,
              Concat(NameOf(line.kind), " at step ", line.step),
              FormatMilestoneDetails(line.known_at), now);
}

void RunQueue::OnDecision(ActiveRun& active, const DecisionLine& line, Instant now) {
  const Decision& decision = line.decision;
  if (!decision.stop) {
    AppendEvent(active.run, active.attempt.attempt, EventKind::kDecision, decision.step,
                absl::StrCat("goes on: ", decision.verdict), DecisionToJson(decision), now);
    return;
  }
  const AutoStop mode = active.run.auto_stop;
  const bool is_on = mode == AutoStop::kOn || mode == AutoStop::kPlanned;
  if (!active.run.stop) {
    active.run.stop = StopOutcome{decision.step, StopReason::kGrokked,
                                  Named<StopMode>::Parse(AutoStopName(mode))};
    active.is_dirty = true;
  }
  AppendEvent(active.run, active.attempt.attempt, EventKind::kStopped, decision.step,
              is_on ? absl::StrCat("stopped at step ", decision.step, ": it has grokked")
                    : absl::StrCat("would have stopped at step ", decision.step,
                                   ": it has grokked; observed only"),
              DecisionToJson(decision), now);
}

void RunQueue::OnForecast(ActiveRun& active, const ForecastLine& line, Instant now) {
  const Forecast& forecast = line.forecast;
  std::string message;
  if (line.kind == EventKind::kPlanned) {
    message = line.stop_step ? absl::StrCat("planned to pause at step ", *line.stop_step)
                             : std::string("no pause is planned: it would be beyond the budget");
  } else if (line.kind == EventKind::kAbandon) {
    message = absl::StrCat("will not grok within its budget, as forecast at step ",
                           forecast.made_at_step);
  } else {
    active.run.forecast = forecast;
    message = ForecastMessage(forecast);
  }
  AppendEvent(active.run, active.attempt.attempt, line.kind, forecast.made_at_step, message,
              FormatDetails(forecast, line.stop_step), now);
}

void RunQueue::OnCheckpoint(ActiveRun& active, const CheckpointLine& line, Instant now) {
  Checkpoint checkpoint = line.checkpoint;
  checkpoint.checkpoint_id = ids_->Next(now.wall);
  checkpoint.attempt = active.attempt.attempt;
  checkpoint.file = absl::StrCat("runs/", active.run.run_id, "/", active.attempt.attempt, "/",
                                 line.checkpoint.file);
  store_->group().Append(active.run.run_id, checkpoint);
  AppendEvent(active.run, active.attempt.attempt, EventKind::kCheckpoint, checkpoint.step,
              absl::StrCat(checkpoint.label.empty() ? "checkpoint" : checkpoint.label, " at step ",
                           checkpoint.step),
              FormatDetails(checkpoint), now);
}

void RunQueue::OnFrames(ActiveRun& active, const FramesLine& line, Instant now) {
  for (Checkpoint frame : line.frames) {
    frame.checkpoint_id = ids_->Next(now.wall);
    frame.attempt = active.attempt.attempt;
    frame.file = absl::StrCat("runs/", active.run.run_id, "/", frame.attempt, "/", frame.file);
    store_->group().Append(active.run.run_id, std::move(frame));
  }
}

std::string RunQueue::FailureOf(const ActiveRun& active) const {
  if (!active.failure.empty()) return active.failure;
  if (active.ended) return active.ended->reason;
  std::string text =
      absl::StrCat("worker ", active.exit->description, " at step ", active.attempt.last_step);
  if (!absl::StartsWith(active.exit->description, "exited")) return text;
  const std::string last = LastLine(active.log_file);
  return last.empty() ? text : absl::StrCat(text, ": ", last);
}

void RunQueue::Conclude(ActiveRun& active, Instant now) {
  Run& run = active.run;
  const AttemptOutcome said =
      active.failure.empty() && active.ended ? active.ended->outcome : AttemptOutcome::kFailed;
  AttemptOutcome outcome = said;
  run.state_reason.clear();
  if (active.end_reason == EndReason::kCancel) {
    run.state = RunState::kCancelled;
    run.state_reason = "cancelled by its user";
    outcome = AttemptOutcome::kCancelled;
  } else if (said == AttemptOutcome::kFailed && active.end_reason != EndReason::kShutdown) {
    run.state = RunState::kFailed;
    run.state_reason = FailureOf(active);
  } else if (said == AttemptOutcome::kFinished) {
    run.state = RunState::kFinished;
  } else if (said == AttemptOutcome::kStopped) {
    run.state = RunState::kStopped;
    const Named<StopReason>& reason = active.ended->stop_reason;
    run.state_reason = reason.name();
    if (reason == StopReason::kUser) {
      run.stop = StopOutcome{active.ended->step, reason, StopMode::kUser};
    } else if (reason == StopReason::kPlanned || reason == StopReason::kAbandoned) {
      run.stop = StopOutcome{active.ended->step, reason, StopMode::kOn};
    }
  } else if (said == AttemptOutcome::kPaused && active.end_reason == EndReason::kStop) {
    // It was asked to stop while it already paused.
    run.state = RunState::kStopped;
    run.state_reason = "user";
    run.stop = StopOutcome{active.ended->step, StopReason::kUser, StopMode::kUser};
    outcome = AttemptOutcome::kStopped;
  } else if (said == AttemptOutcome::kPaused && active.end_reason == EndReason::kBudget) {
    run.state = RunState::kPaused;
    run.state_reason = active.used_up;
  } else if (said == AttemptOutcome::kPaused && active.end_reason == EndReason::kPause) {
    run.state = RunState::kPaused;
    run.state_reason = "paused by its user";
  } else {
    run.state = RunState::kQueued;
    run.state_reason = said == AttemptOutcome::kFailed
                           ? absl::StrCat("the daemon was shut down: ", FailureOf(active))
                           : absl::StrCat("goes on from step ", active.ended->step);
    has_queued_ = true;
    outcome = AttemptOutcome::kInterrupted;
  }
  active.attempt.ended_at = now.wall;
  active.attempt.outcome = outcome;
  active.attempt.reason = run.state_reason;
  sampler_->RemoveConsumer(active.consumer);
  if (run.state == RunState::kFailed) {
    AppendEvent(run, active.attempt.attempt, EventKind::kFailed, run.steps, run.state_reason, "",
                now);
  }
  store_->group().Append(StateEvent(run, now.wall));
  if (HasEnded(run.state)) {
    run.ended_at = now.wall;
    store_->group().Append(FinishedEvent(run, now.wall));
  }
  active.is_dirty = true;
  live_.Remove(run.run_id);
  active.worker.reset();
}

void RunQueue::EnforceGrace(ActiveRun& active, Instant now) {
  if (!active.kill_at || now.monotonic < *active.kill_at || active.exit) return;
  active.kill_at.reset();
  if (!active.ended) {
    active.failure =
        absl::StrCat("worker did not end within ", absl::FormatDuration(options_.end_grace),
                     " and was killed at step ", active.attempt.last_step);
  }
  active.worker->Kill();
}

}  // namespace powerdown
