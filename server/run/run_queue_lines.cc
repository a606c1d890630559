// What the queue does with what its workers say, and with their ends.
#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/run_json.h"
#include "server/run/run_queue.h"

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
    active.run.device = started->device;
    active.run.hardware = started->hardware;
    active.attempt.first_step = started->step;
    active.attempt.last_step = started->step;
    active.is_dirty = true;
    AppendEvent(active.run, active.attempt.attempt, "attempt", started->step,
                absl::StrCat("attempt ", active.attempt.attempt, " starts at step ", started->step,
                             " on ", started->device),
                "", now);
  } else if (const auto* step = std::get_if<StepLine>(&line)) {
    OnStep(active, *step, now);
  } else if (const auto* milestone = std::get_if<MilestoneLine>(&line)) {
    OnMilestone(active, *milestone, now);
  } else if (const auto* decision = std::get_if<DecisionLine>(&line)) {
    OnDecision(active, *decision, now);
  } else if (const auto* checkpoint = std::get_if<CheckpointLine>(&line)) {
    OnCheckpoint(active, *checkpoint, now);
  } else if (const auto* frames = std::get_if<FramesLine>(&line)) {
    OnFrames(active, *frames, now);
  } else if (const auto* ended = std::get_if<EndedLine>(&line)) {
    active.ended = *ended;
  }
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
  if (const auto standing = sampler_->StandingAt(active.consumer, line.monotonic)) {
    report.power = standing->power;
    report.energy = standing->energy + active.earlier_energy.value_or(Joules(0));
  }
  store_->Append(std::move(report));
  active.attempt.last_step = line.evaluation.step;
  active.run.steps = line.evaluation.step;
  active.run.train_accuracy = line.evaluation.train_accuracy;
  active.run.validation_accuracy = line.evaluation.validation_accuracy;
  active.is_dirty = true;
}

void RunQueue::OnMilestone(ActiveRun& active, const MilestoneLine& line, Instant now) {
  std::optional<int64_t>& milestone =
      line.kind == "grokked" ? active.run.grok_step : active.run.memorised_step;
  if (milestone == line.step) return;  // told again by a resumed attempt
  milestone = line.step;
  active.is_dirty = true;
  Json details;
  details["known_at"] = line.known_at;
  AppendEvent(active.run, active.attempt.attempt, line.kind, line.step,
              absl::StrCat(line.kind, " at step ", line.step), details.dump(), now);
}

void RunQueue::OnDecision(ActiveRun& active, const DecisionLine& line, Instant now) {
  const Decision& decision = line.decision;
  if (!decision.stop) {
    AppendEvent(active.run, active.attempt.attempt, "decision", decision.step,
                absl::StrCat("goes on: ", decision.verdict), DecisionToJson(decision), now);
    return;
  }
  const bool is_on = active.run.auto_stop == AutoStop::kOn;
  if (!active.run.stop) {
    active.run.stop = StopOutcome{decision.step, "grokked", is_on ? "on" : "observe"};
    active.is_dirty = true;
  }
  AppendEvent(active.run, active.attempt.attempt, "stopped", decision.step,
              is_on ? absl::StrCat("stopped at step ", decision.step, ": it has grokked")
                    : absl::StrCat("would have stopped at step ", decision.step,
                                   ": it has grokked; observed only"),
              DecisionToJson(decision), now);
}

void RunQueue::OnCheckpoint(ActiveRun& active, const CheckpointLine& line, Instant now) {
  Checkpoint checkpoint = line.checkpoint;
  checkpoint.checkpoint_id = ids_->Next(now.wall);
  checkpoint.attempt = active.attempt.attempt;
  checkpoint.file = absl::StrCat("runs/", active.run.run_id, "/", active.attempt.attempt, "/",
                                 line.checkpoint.file);
  const absl::Status status = store_->InsertCheckpoint(active.run.run_id, checkpoint);
  if (!status.ok()) health_.Update(status);
  Json details;
  details["checkpoint_id"] = checkpoint.checkpoint_id;
  details["label"] = checkpoint.label;
  details["kind"] = checkpoint.kind;
  details["sha256"] = checkpoint.sha256;
  AppendEvent(active.run, active.attempt.attempt, "checkpoint", checkpoint.step,
              absl::StrCat(checkpoint.label.empty() ? "checkpoint" : checkpoint.label, " at step ",
                           checkpoint.step),
              details.dump(), now);
}

void RunQueue::OnFrames(ActiveRun& active, const FramesLine& line, Instant now) {
  std::vector<Checkpoint> frames = line.frames;
  for (Checkpoint& frame : frames) {
    frame.checkpoint_id = ids_->Next(now.wall);
    frame.attempt = active.attempt.attempt;
    frame.file = absl::StrCat("runs/", active.run.run_id, "/", frame.attempt, "/", frame.file);
  }
  health_.Update(store_->InsertCheckpoints(active.run.run_id, frames));
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
  const bool is_over = active.failure.empty() && active.ended && active.ended->outcome != "failed";
  const std::string outcome = is_over ? active.ended->outcome : "failed";
  if (active.is_cancelled) {
    run.state = RunState::kCancelled;
    run.state_reason = "cancelled by its user";
  } else if (outcome == "failed") {
    run.state = RunState::kFailed;
    run.state_reason = FailureOf(active);
  } else if (outcome == "finished") {
    run.state = RunState::kFinished;
    run.state_reason.clear();
  } else if (outcome == "stopped") {
    run.state = RunState::kStopped;
    run.state_reason = active.ended->reason;
    if (active.ended->reason == "user") {
      run.stop = StopOutcome{active.ended->step, "user", "user"};
    }
  } else if (active.end_reason == "pause") {
    run.state = RunState::kPaused;
    run.state_reason = "paused by its user";
  } else {
    run.state = RunState::kQueued;
    run.state_reason = absl::StrCat("goes on from step ", active.ended->step);
    has_queued_ = true;
  }
  active.attempt.ended_at = now.wall;
  active.attempt.outcome = active.is_cancelled              ? "cancelled"
                           : run.state == RunState::kQueued ? "interrupted"
                                                            : outcome;
  active.attempt.reason = run.state_reason;
  sampler_->RemoveConsumer(active.consumer);
  if (HasEnded(run.state)) run.ended_at = now.wall;
  if (run.state == RunState::kFailed) {
    AppendEvent(run, active.attempt.attempt, "failed", run.steps, run.state_reason, "", now);
  }
  AppendState(run, now);
  if (HasEnded(run.state)) AppendFinished(run, now);
  active.is_dirty = true;
  live_.Remove(run.run_id);
  active.worker.reset();
}

void RunQueue::EnforceGrace(ActiveRun& active, Instant now) {
  if (!active.kill_at || now.monotonic < *active.kill_at || active.exit) return;
  active.kill_at.reset();
  active.failure =
      absl::StrCat("worker did not end within ", absl::FormatDuration(options_.end_grace),
                   " and was killed at step ", active.attempt.last_step);
  active.worker->Kill();
}

}  // namespace powerdown
