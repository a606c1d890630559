// What the queue does with its workers: applies their lines, charges and bounds their energy, ends
// them.
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/text.h"
#include "server/run/run_events.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

// A program that asks for its energy asks about stretches of seconds and more.
constexpr absl::Duration kEnergyPeriod = absl::Seconds(1);

}  // namespace

void RunQueue::TakeLines(ActiveRun& active) {
  WorkerInbox::Content content = active.inbox->Take();
  for (const std::string& text : content.lines) {
    absl::StatusOr<WorkerLine> line = ParseLine(text);
    if (line.ok()) {
      active.waiting_lines.push_back(*std::move(line));
    } else if (active.failure.empty()) {
      active.failure =
          absl::StrCat("worker printed a line that could not be parsed: ", line.status().message());
      active.worker->Kill();
    }
  }
  if (content.exit) active.exit = std::move(content.exit);
}

std::optional<MeteredUse> RunQueue::UseAt(const ActiveRun& active, absl::Duration at) const {
  const auto standing = sampler_->StandingAt(active.consumer, at);
  if (!standing) return std::nullopt;
  return MeteredUse{standing->power, standing->energy + active.earlier_energy.value_or(Joules(0))};
}

void RunQueue::ApplyLines(ActiveRun& active, Instant now) {
  while (!active.waiting_lines.empty()) {
    // Energy is booked up to `now`: a later line waits for the next tick.
    const StepLine* step = std::get_if<StepLine>(&active.waiting_lines.front());
    if (step != nullptr && step->monotonic > now.monotonic && !active.exit) return;
    const WorkerLine line = std::move(active.waiting_lines.front());
    active.waiting_lines.pop_front();
    ApplyLine(active, line, now);
  }
}

void RunQueue::ApplyLine(ActiveRun& active, const WorkerLine& line, Instant now) {
  std::optional<MeteredUse> used;
  if (const auto* step = std::get_if<StepLine>(&line)) used = UseAt(active, step->monotonic);
  const bool had_ended = active.ended.has_value();
  LineEffects effects = TakeLine(active, line, used, *ids_, now);
  if (effects.must_kill) active.worker->Kill();
  if (effects.device) {
    sampler_->SetConsumerDevice(active.consumer, *effects.device, effects.gpu_uuid);
  }
  if (effects.report) {
    sampler_->NoteSteps(active.consumer, effects.steps_done, effects.report->monotonic);
    store_->group().Append(*std::move(effects.report));
  }
  for (Checkpoint& checkpoint : effects.checkpoints) {
    store_->group().Append(active.run.run_id, std::move(checkpoint));
  }
  for (RunEvent& event : effects.events) store_->group().Append(std::move(event));
  if (effects.is_row_changed) active.is_dirty = true;
  if (std::holds_alternative<StartedLine>(line)) {
    active.has_started = true;
    if (active.run.asked_to_end == EndReason::kNone) active.kill_at.reset();
  }
  // After its end a worker has nothing more to do: one that lingers is killed.
  if (std::holds_alternative<EndedLine>(line) && !had_ended &&
      (active.run.asked_to_end == EndReason::kNone || active.run.command)) {
    active.kill_at = now.monotonic + options_.end_grace;
  }
}

void RunQueue::Charge(ActiveRun& active, Instant now) {
  const auto standing = sampler_->StandingAt(active.consumer, now.monotonic);
  if (!standing) return;
  const Joules more = standing->energy - active.charged;
  if (more == Joules(0)) return;
  const std::string& owner = active.run.owner;
  const absl::CivilDay today = DayOf(now.wall);
  active.charged = standing->energy;
  active.charged_on[today] += more;
  shares_.Add(owner, more, now.monotonic);
  budgets_.Charge(active.run, today, more);
  store_->group().Append(UserUse{owner, active.consumer, today, active.charged_on[today]});
}

void RunQueue::EnforceBudgets(ActiveRun& active, Instant now) {
  if (active.ended || active.exit) return;  // it draws nothing more
  const std::optional<MeteredUse> use = UseAt(active, now.monotonic);
  const Budgets::Verdict verdict =
      budgets_.Judge(active.run, use ? std::optional(use->energy) : active.earlier_energy,
                     active.is_warned, now.wall);
  for (const std::string& warning : verdict.warnings) {
    store_->group().Append(MakeEvent(active.run, active.attempt.attempt, EventKind::kBudget,
                                     active.run.steps, warning, "", now.wall));
  }
  if (verdict.used_up.empty() || active.run.asked_to_end >= EndReason::kBudget) return;
  active.used_up = verdict.used_up;
  if (active.run.command) return HoldForBudget(active, verdict.used_up, now);
  AskToEnd(active, EndReason::kBudget, now);
  active.run.state_reason = Concat("pauses: ", verdict.used_up);
}

void RunQueue::HoldForBudget(ActiveRun& active, const std::string& used_up, Instant now) {
  if (active.run.state == RunState::kPaused) return;  // it is held
  active.run.state = RunState::kPaused;
  active.run.state_reason = used_up;
  active.is_dirty = true;
  store_->group().Append(StateEvent(active.run, now.wall));
  active.worker->Send(FormatCommand(WorkerCommand(HoldCommand{true}))).IgnoreError();
}

void RunQueue::TellEnergy(ActiveRun& active, Instant now) {
  if (!active.run.command || !active.has_started || active.ended || active.exit) return;
  if (active.energy_told_at && now.monotonic - *active.energy_told_at < kEnergyPeriod) return;
  const std::optional<Standing> standing = sampler_->StandingAt(active.consumer, now.monotonic);
  if (!standing) return;
  active.energy_told_at = now.monotonic;
  active.worker
      ->Send(FormatCommand(WorkerCommand(
          EnergyCommand{now.monotonic, standing->energy, standing->low, standing->high})))
      .IgnoreError();
}

void RunQueue::AskToEnd(ActiveRun& active, EndReason reason, Instant now) {
  if (reason <= active.run.asked_to_end) return;
  const bool is_first = active.run.asked_to_end == EndReason::kNone;
  active.run.asked_to_end = reason;
  active.run.state_reason = AskedTo(reason);
  active.is_dirty = true;
  // The grace counts from the first request: asking again does not prolong it.
  if (is_first) active.kill_at = now.monotonic + options_.end_grace;
  EndRequest request = RequestOf(reason);
  if (active.run.command) {
    // Its runner sees to the grace, and kills only where that was asked for.
    active.kill_at.reset();
    if (reason == EndReason::kCancel) {
      request = EndRequest::kCancel;
      active.kill_at = now.monotonic + options_.end_grace +
                       absl::Seconds(active.run.command->stop_grace_seconds);
    }
  }
  // A worker that cannot be asked is killed when the grace is over, and its run says so.
  active.worker->Send(FormatCommand(WorkerCommand(EndCommand{request}))).IgnoreError();
}

void RunQueue::EnforceGrace(ActiveRun& active, Instant now) {
  if (!active.kill_at || now.monotonic < *active.kill_at || active.exit) return;
  active.kill_at.reset();
  if (!active.has_started && active.run.asked_to_end == EndReason::kNone) {
    active.failure = absl::StrCat("worker did not start within ",
                                  absl::FormatDuration(options_.start_grace), " and was killed");
  } else if (!active.ended) {
    active.failure = absl::StrCat(
        "worker did not end within ",
        absl::FormatDuration(is_shutting_down_ ? options_.shutdown_grace : options_.end_grace),
        " and was killed at step ", active.attempt.last_step);
  }
  active.worker->Kill();
}

void RunQueue::LeaveEnded(Instant now) {
  struct Ended {
    std::string run_id;
    std::string log_file;
  };
  std::vector<Ended> ended;
  {
    HotLock lock(&mutex_);
    for (const auto& [id, active] : active_) {
      if (active.exit) ended.push_back({id, active.log_file});
    }
  }
  for (const Ended& run : ended) {
    std::string last_log_line = LastLogLine(run.log_file);
    ActiveRun left;  // its worker is reaped without the mutex
    {
      HotLock lock(&mutex_);
      const auto active = active_.find(run.run_id);
      Leave(active->second, std::move(last_log_line), now);
      store_->group().Append(active->second.run, active->second.attempt);
      left = std::move(active->second);
      active_.erase(active);
      may_launch_ = true;
    }
    live_.Remove(run.run_id);
    NoteState(left.run);
  }
}

void RunQueue::Leave(ActiveRun& active, std::string last_log_line, Instant now) {
  WorkerEnd end;
  end.description = active.exit->description;
  end.is_foreign_kill = active.exit->is_foreign_kill;
  // A worker that ends by itself without saying why has logged the reason.
  if (!active.exit->was_killed && !active.ended) end.last_log_line = std::move(last_log_line);
  end.asked = active.run.asked_to_end;
  end.used_up = active.used_up;
  // With its state, so that the figure of a run that has ended is final.
  BookEnergy(sampler_->Close(active.consumer), now);
  Charge(active, now);
  sampler_->RemoveConsumer(active.consumer);
  if (IsBoxTrouble(active, end) && end.asked == EndReason::kNone) {
    const auto kind = end.is_foreign_kill ? BoxTroubles::Kind::kKill : BoxTroubles::Kind::kDisk;
    const absl::Status goes_on =
        troubles_.Note(active.run.run_id, kind, active.attempt.last_step, now.monotonic);
    if (!goes_on.ok()) active.failure = std::string(goes_on.message());
  }
  for (RunEvent& event : Conclude(active, end, now.wall)) store_->group().Append(std::move(event));
  if (active.run.state == RunState::kQueued) has_queued_ = true;
}

}  // namespace powerdown
