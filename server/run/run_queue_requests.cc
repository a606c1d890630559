// The requests of clients.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/run/bundle_check.h"
#include "common/run/run_name.h"
#include "server/run/run_events.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr char kSubmit[] = "submit";
constexpr char kUpdate[] = "update";
constexpr size_t kMostNameBytes = 60;  // of one made of a command: what a list has room for

absl::Status WrongState(const Run& run, const std::string& verb, const std::string& allowed) {
  return absl::FailedPreconditionError(Concat("run ", run.run_id, " is ", NameOf(run.state),
                                              ": only a ", allowed, " run can be ", verb));
}

// A recorded run is the same on every box, and an imported run has no checkpoint to resume from.
absl::Status CheckMayChange(const Run& run, const std::string& method) {
  if (run.origin.empty() || (run.origin != kRecordedOrigin && method == kUpdate)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat("run ", run.run_id, " is ", run.origin,
                                                    ": it is read-only and cannot ", method));
}

}  // namespace

absl::StatusOr<std::optional<std::string>> RunQueue::EarlierAnswer(
    const std::string& request_id, const std::string& method) const {
  if (request_id.empty()) return std::optional<std::string>();
  return store_->answers().Find(request_id, method);
}

// A change is made to the run as it is: a newer row that waits for the disk is written before, or
// the older one that is read would be written over it.
absl::Status RunQueue::CommitWaiting() {
  return store_->group().waiting_rows() == 0 ? absl::OkStatus() : CommitAndPublish();
}

absl::Status RunQueue::CheckQueueLimit(const std::string& owner) const {
  ASSIGN_OR_RETURN(const int64_t queued, store_->runs().Count(RunState::kQueued, owner));
  if (queued < options_.max_queued_per_user) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(queued, " runs of ", owner,
                                                   " are queued already; at most ",
                                                   options_.max_queued_per_user, " are allowed"));
}

absl::Status RunQueue::CheckRunLimit(const std::string& owner, int64_t more) const {
  ASSIGN_OR_RETURN(const int64_t kept, store_->runs().CountOf(owner));
  if (kept + more <= options_.max_runs_per_user) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      owner, " has ", kept, " runs; at most ", options_.max_runs_per_user,
      " are allowed; delete some that are no longer needed: powerdown run delete RUN"));
}

absl::Status RunQueue::CheckAttempts(const Run& run) {
  if (run.attempts.size() < kMostAttempts) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("run ", run.run_id, " has had ", run.attempts.size(),
                   " attempts, which is the limit; submit its spec as a new run"));
}

absl::Status RunQueue::CheckRequeue(const Run& run, Instant now) {
  RETURN_IF_ERROR(CheckAttempts(run));
  RETURN_IF_ERROR(CheckQueueLimit(run.owner));
  return budgets_.CheckAgain(run, now.wall);
}

absl::Status RunQueue::CheckDevice(const RunSpec& spec) const {
  if (spec.device == "auto" || spec.device == "cpu") return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<std::string> devices, launcher_->Devices());
  if (std::find(devices.begin(), devices.end(), spec.device) != devices.end()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(Concat("device: ", spec.device,
                                           " is not available on this box; allowed: auto, ",
                                           Join(devices, ", ")));
}

absl::StatusOr<Run> RunQueue::Submit(const SubmitRequest& request) {
  if (request.command) {
    RETURN_IF_ERROR(ValidateCommand(*request.command, request.environment));
  } else {
    RETURN_IF_ERROR(ValidateSpec(request.spec));
    RETURN_IF_ERROR(CheckDevice(request.spec));
  }
  RunChange change;
  change.is_new = true;
  change.request_id = request.request_id;
  change.method = kSubmit;
  Run& run = change.run;
  run.created_at = clock_->Now().wall;
  run.run_id = ids_->Next(run.created_at);
  run.name = request.name;
  if (run.name.empty()) {
    run.name = request.command ? ShortText(CommandText(*request.command), kMostNameBytes)
                               : NameFromSpec(request.spec);
  }
  run.owner = request.owner;
  run.spec = request.spec;
  run.command = request.command;
  run.environment = request.environment;
  if (run.command) run.spec.task = kUnknownTask;
  run.auto_stop = request.auto_stop;
  run.abandon = request.abandon;
  run.grok_multiple = request.grok_multiple;
  run.tags = request.tags;
  run.max_steps = request.command ? request.command->max_steps : request.spec.max_steps;
  run.comparison_id = request.comparison_id;
  run.is_private = request.is_private;
  run.priority = request.priority;
  run.budget = request.budget;
  run.factors = options_.factors;

  std::string known;
  {
    if (!turn_.TakeWithin(options_.longest_wait)) return Busy();
    const HeldTurn turn(&turn_);
    ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(request.request_id, kSubmit));
    if (!answer) {
      RETURN_IF_ERROR(CheckQueueLimit(run.owner));
      RETURN_IF_ERROR(CheckRunLimit(run.owner, 1));
      RETURN_IF_ERROR(budgets_.CheckNew(run, run.created_at));
      if (request.validate_only) {
        run.run_id.clear();  // there is no such run
        return run;
      }
      ASSIGN_OR_RETURN(run.predictor, weights_.Pin());
      change.events = {StateEvent(run, run.created_at)};
      RETURN_IF_ERROR(Commit(change));
      if (request.attached) {
        RETURN_IF_ERROR(LaunchAttached(change, *request.attached, clock_->Now()));
      } else {
        LaunchSoon();
      }
    }
    known = answer.value_or(run.run_id);
  }
  return Get(known);
}

// It cannot wait: what is not watched from now on has failed.
absl::Status RunQueue::LaunchAttached(RunChange& change, const Attachment& attached, Instant now) {
  const absl::Status launched = Launch(change.run, attached, now);
  if (launched.ok()) return absl::OkStatus();
  change.is_new = false;
  change.request_id.clear();
  change.events.clear();
  RETURN_IF_ERROR(Enter(change, RunState::kFailed, std::string(launched.message()), now));
  return launched;
}

template <typename Action>
absl::StatusOr<Run> RunQueue::Mutate(const std::string& run_id, const std::string& request_id,
                                     const std::string& method, Action action) {
  std::string id;
  {
    if (!turn_.TakeWithin(options_.longest_wait)) return Busy();
    const HeldTurn turn(&turn_);
    ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(request_id, method));
    if (answer) {
      id = *answer;
    } else {
      RunChange change;
      RETURN_IF_ERROR(CommitWaiting());
      ASSIGN_OR_RETURN(change.run, Find(run_id));
      change.request_id = request_id;
      change.method = method;
      RETURN_IF_ERROR(CheckMayChange(change.run, method));
      RETURN_IF_ERROR(action(change, clock_->Now()));
      id = change.run.run_id;
    }
  }
  return Get(id);
}

absl::StatusOr<Run> RunQueue::Pause(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "pause", [this](RunChange& change, Instant now) {
    turn_.AssertTaken();
    const RunState state = change.run.state;
    if (state == RunState::kRunning && change.run.command) return Hold(change, true, now);
    if (state == RunState::kRunning) return End(change, EndReason::kPause, now);
    if (state != RunState::kQueued) return WrongState(change.run, "paused", "queued or running");
    return Enter(change, RunState::kPaused, "paused by its user", now);
  });
}

absl::StatusOr<Run> RunQueue::Resume(const std::string& run_id, const std::string& request_id) {
  ASSIGN_OR_RETURN(const Run before, Find(run_id));
  RETURN_IF_ERROR(CheckDevice(before.spec));
  return Mutate(
      run_id, request_id, "resume", [this](RunChange& change, Instant now) -> absl::Status {
        turn_.AssertTaken();
        const RunState state = change.run.state;
        if (state != RunState::kPaused && state != RunState::kFailed) {
          return WrongState(change.run, "resumed", "paused or failed");
        }
        if (HasWorker(change.run)) {
          RETURN_IF_ERROR(budgets_.CheckAgain(change.run, now.wall));
          return Hold(change, false, now);
        }
        if (change.run.command && change.run.command->is_attached) {
          return absl::FailedPreconditionError(
              Concat("run ", change.run.run_id, " was run by powerdown exec: run it there again"));
        }
        RETURN_IF_ERROR(CheckRequeue(change.run, now));
        return Requeue(change, "resumed", now);
      });
}

absl::StatusOr<Run> RunQueue::Stop(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "stop", [this](RunChange& change, Instant now) {
    turn_.AssertTaken();
    const RunState state = change.run.state;
    if (HasWorker(change.run)) return End(change, EndReason::kStop, now);
    if (state != RunState::kQueued && state != RunState::kPaused) {
      return WrongState(change.run, "stopped", "queued, running or paused");
    }
    StopByUser(change.run, change.run.steps);
    return Enter(change, RunState::kStopped, "stopped by its user", now);
  });
}

absl::StatusOr<Run> RunQueue::Continue(const std::string& run_id, const std::string& request_id) {
  ASSIGN_OR_RETURN(const Run before, Find(run_id));
  RETURN_IF_ERROR(CheckDevice(before.spec));
  return Mutate(run_id, request_id, "continue",
                [this](RunChange& change, Instant now) -> absl::Status {
                  turn_.AssertTaken();
                  Run& run = change.run;
                  if (run.state != RunState::kStopped)
                    return WrongState(run, "continued", "stopped");
                  if (run.command) {
                    return absl::FailedPreconditionError(
                        Concat("run ", run.run_id,
                               " is a command, which cannot go on where it was "
                               "stopped; submit it again"));
                  }
                  RETURN_IF_ERROR(CheckRequeue(run, now));
                  TakeBackStop(run);
                  return Requeue(change, "the stop was taken back", now);
                });
}

absl::StatusOr<Run> RunQueue::Cancel(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "cancel", [this](RunChange& change, Instant now) {
    turn_.AssertTaken();
    const RunState state = change.run.state;
    if (HasEnded(state)) return WrongState(change.run, "cancelled", "queued, running or paused");
    if (HasWorker(change.run)) return End(change, EndReason::kCancel, now);
    return Enter(change, RunState::kCancelled, "cancelled by its user", now);
  });
}

absl::Status RunQueue::Delete(const std::string& run_id, const std::string& request_id) {
  std::string id;
  {
    if (!turn_.TakeWithin(options_.longest_wait)) return Busy();
    const HeldTurn turn(&turn_);
    ASSIGN_OR_RETURN(const auto answer, EarlierAnswer(request_id, kDeleteRun));
    if (answer) return absl::OkStatus();
    // Rows that wait may be an end, never a beginning; and a full disk is freed by deleting.
    ASSIGN_OR_RETURN(const Run run, Find(run_id));
    if (run.origin == kRecordedOrigin) {
      ASSIGN_OR_RETURN(const bool is_damaged, store_->runs().IsDamaged(run.run_id));
      if (!is_damaged) return CheckMayChange(run, kDeleteRun);
      // The shipped file still has it whole: the next start takes it in again.
      RETURN_IF_ERROR(store_->answers().Forget(kRecordedRunsTaken));
    }
    if (!HasEnded(run.state)) {
      return WrongState(run, "deleted", "finished, stopped, failed or cancelled");
    }
    RETURN_IF_ERROR(store_->runs().Delete(run.run_id, request_id));
    id = run.run_id;
  }
  folders_.Remove(id);
  feed_->Notify();
  return absl::OkStatus();
}

absl::StatusOr<Run> RunQueue::Update(const std::string& run_id, const Edit& edit,
                                     const std::string& request_id) {
  return Mutate(run_id, request_id, kUpdate, [&](RunChange& change, Instant) -> absl::Status {
    turn_.AssertTaken();
    const auto write = [&](Run& run) {
      if (edit.name) run.name = *edit.name;
      if (edit.notes) run.notes = *edit.notes;
      if (edit.tags) run.tags = *edit.tags;
    };
    write(change.run);
    RETURN_IF_ERROR(Commit(change));
    HotLock lock(&mutex_);
    const auto active = active_.find(change.run.run_id);
    if (active != active_.end()) write(active->second.run);
    return absl::OkStatus();
  });
}

// A command that is held is paused and has one.
bool RunQueue::HasWorker(const Run& run) const {
  if (run.state == RunState::kRunning) return true;
  HotLock lock(&mutex_);
  return active_.contains(run.run_id);
}

absl::Status RunQueue::Hold(RunChange& change, bool is_held, Instant now) {
  RETURN_IF_ERROR(ChangeToAsked(change, EndReason::kNone));
  if (change.run.asked_to_end != EndReason::kNone) {
    return absl::FailedPreconditionError(Concat("run ", change.run.run_id, " was already asked to ",
                                                VerbOf(change.run.asked_to_end)));
  }
  change.run.state = is_held ? RunState::kPaused : RunState::kRunning;
  change.run.state_reason = is_held ? "paused by its user; its processes stand still" : "";
  change.events.push_back(StateEvent(change.run, now.wall));
  RETURN_IF_ERROR(Commit(change));
  HotLock lock(&mutex_);
  const auto active = active_.find(change.run.run_id);
  if (active == active_.end()) return absl::OkStatus();
  active->second.run.state = change.run.state;
  active->second.run.state_reason = change.run.state_reason;
  active->second.worker->Send(FormatCommand(WorkerCommand(HoldCommand{is_held}))).IgnoreError();
  return absl::OkStatus();
}

absl::Status RunQueue::ChangeToAsked(RunChange& change, EndReason reason) const {
  HotLock lock(&mutex_);
  const std::string& run_id = change.run.run_id;
  const auto found = active_.find(run_id);
  if (found == active_.end()) {
    return absl::UnavailableError(absl::StrCat("run ", run_id, " is just ending; try again"));
  }
  const ActiveRun& active = found->second;
  if (reason < active.run.asked_to_end) {
    return absl::FailedPreconditionError(Concat("run ", run_id, " was already asked to ",
                                                VerbOf(active.run.asked_to_end),
                                                ": it can no longer ", VerbOf(reason)));
  }
  change.run = active.run;
  change.attempt = active.attempt;
  if (reason == EndReason::kNone) return absl::OkStatus();
  change.run.state = RunState::kRunning;  // a command that was held goes on to its end
  change.run.state_reason = AskedTo(reason);
  change.run.asked_to_end = reason;
  return absl::OkStatus();
}

absl::Status RunQueue::End(RunChange& change, EndReason reason, Instant now) {
  RETURN_IF_ERROR(ChangeToAsked(change, reason));
  // First the disk, then the worker: who is refused finds the run as it was.
  RETURN_IF_ERROR(Commit(change));
  HotLock lock(&mutex_);
  const auto active = active_.find(change.run.run_id);
  if (active == active_.end()) return absl::OkStatus();
  active->second.run.state = change.run.state;
  AskToEnd(active->second, reason, now);
  return absl::OkStatus();
}

absl::Status RunQueue::LeaveInterrupted(RunChange& change, Instant now) {
  Run& run = change.run;
  if (run.command && run.asked_to_end <= EndReason::kPause) {
    // To start it again is to do all of it again: its user says when.
    const auto attempts = static_cast<int64_t>(run.attempts.size());
    const std::string why = "the daemon ended while it ran";
    if (attempts <= run.command->retries) {
      return Requeue(change,
                     Concat("is tried again, ", attempts, " of ", run.command->retries, ": ", why),
                     now);
    }
    return Enter(change, RunState::kFailed, why, now);
  }
  switch (run.asked_to_end) {
    case EndReason::kPause:
      return Enter(change, RunState::kPaused, "paused by its user", now);
    case EndReason::kStop:
      StopByUser(run, run.steps);
      return Enter(change, RunState::kStopped, "stopped by its user", now);
    case EndReason::kCancel:
      return Enter(change, RunState::kCancelled, "cancelled by its user", now);
    case EndReason::kNone:
    case EndReason::kShutdown:
    case EndReason::kBudget:  // it is judged again when it goes on
      break;
  }
  return Requeue(change, "the daemon was restarted", now);
}

absl::Status RunQueue::Requeue(RunChange& change, const std::string& reason, Instant now) {
  change.run.ended_at.reset();
  RETURN_IF_ERROR(Enter(change, RunState::kQueued, reason, now));
  LaunchSoon();
  return absl::OkStatus();
}

absl::Status RunQueue::Enter(RunChange& change, RunState state, const std::string& reason,
                             Instant now) {
  Run& run = change.run;
  run.state = state;
  run.state_reason = reason;
  run.asked_to_end = EndReason::kNone;
  change.events.push_back(StateEvent(run, now.wall));
  if (HasEnded(state)) {
    run.ended_at = NotBefore(now.wall, BeginOf(run));
    change.events.push_back(FinishedEvent(run, now.wall));
  }
  return Commit(change);
}

}  // namespace powerdown
