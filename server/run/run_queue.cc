#include "server/run/run_queue.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/run_json.h"
#include "common/status.h"
#include "common/text.h"

namespace powerdown {
namespace {

std::string RunName(const RunSpec& spec) {
  return absl::StrCat(spec.task, " mod ", spec.modulus, ", ", spec.model, ", seed ", spec.seed);
}

std::string StateDetails(const Run& run) {
  Json details;
  details["state"] = RunStateName(run.state);
  if (!run.state_reason.empty()) details["reason"] = run.state_reason;
  return details.dump();
}

absl::Status WrongState(const Run& run, const std::string& verb, const std::string& allowed) {
  return absl::FailedPreconditionError(Concat("run ", run.run_id, " is ", RunStateName(run.state),
                                              ": only a ", allowed, " run can be ", verb));
}

}  // namespace

RunQueue::RunQueue(RunQueueOptions options, Clock* clock, IdGenerator* ids, Store* store,
                   Sampler* sampler, Feed* feed, WorkerLauncher* launcher)
    : options_(std::move(options)),
      clock_(clock),
      ids_(ids),
      store_(store),
      sampler_(sampler),
      feed_(feed),
      launcher_(launcher) {}

RunQueue::~RunQueue() {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, active] : active_) active.inbox->Close();
}

absl::Status RunQueue::Recover(Instant now) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(std::vector<Run> interrupted, store_->ListRunsInState(RunState::kRunning));
  for (Run& listed : interrupted) {
    ASSIGN_OR_RETURN(Run run, store_->GetRun(listed.run_id));
    if (!run.attempts.empty() && run.attempts.back().outcome.empty()) {
      Attempt& attempt = run.attempts.back();
      attempt.ended_at = now.wall;
      attempt.outcome = "interrupted";
      attempt.reason = "the daemon ended while it ran";
      RETURN_IF_ERROR(store_->UpdateAttempt(run.run_id, attempt));
      AppendEvent(run, attempt.attempt, "gap", run.steps, attempt.reason, "", now);
    }
    RETURN_IF_ERROR(Requeue(run, "the daemon was restarted", now));
  }
  return CommitAndPublish();
}

absl::StatusOr<Run> RunQueue::Submit(const SubmitRequest& request) {
  RETURN_IF_ERROR(ValidateSpec(request.spec));
  Run run;
  run.created_at = clock_->Now().wall;
  run.run_id = ids_->Next(run.created_at);
  run.name = request.name.empty() ? RunName(request.spec) : request.name;
  run.owner = request.owner;
  run.spec = request.spec;
  run.auto_stop = request.auto_stop;
  run.grok_multiple = request.grok_multiple;
  run.tags = request.tags;
  run.max_steps = request.spec.max_steps;
  run.comparison_id = request.comparison_id;
  run.factors = options_.factors;
  if (request.validate_only) return run;

  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::vector<Run> queued, store_->ListRunsInState(RunState::kQueued));
  int64_t own = 0;
  for (const Run& other : queued) own += other.owner == run.owner ? 1 : 0;
  if (own >= options_.max_queued_per_user) {
    return absl::ResourceExhaustedError(absl::StrCat(own, " runs of ", run.owner,
                                                     " are queued already; at most ",
                                                     options_.max_queued_per_user, " are allowed"));
  }
  ASSIGN_OR_RETURN(const std::string run_id, store_->InsertRun(run, request.request_id));
  if (run_id == run.run_id) {
    AppendState(run, clock_->Now());
    RETURN_IF_ERROR(CommitAndPublish());
    may_launch_ = true;
    has_queued_ = true;
  }
  ASSIGN_OR_RETURN(Run stored, Find(run_id));
  AddBill(stored);
  return stored;
}

absl::StatusOr<Run> RunQueue::Find(const std::string& run_id) const {
  ASSIGN_OR_RETURN(const std::string id, store_->ResolveRunId(run_id));
  ASSIGN_OR_RETURN(Run run, store_->GetRun(id));
  run.factors = options_.factors;
  return run;
}

void RunQueue::AddBill(Run& run) const {
  run.factors = options_.factors;
  const absl::StatusOr<std::vector<LedgerInterval>> intervals =
      store_->ReadLedger(RunConsumerPrefix(run.run_id));
  if (!intervals.ok()) return;
  run.energy = SumIntervals(*intervals);
  if (!run.energy) return;
  run.co2 = CarbonOf(run.energy->gross, options_.factors);
  run.cost = CostOf(run.energy->gross, options_.factors);
}

absl::StatusOr<Run> RunQueue::Get(const std::string& run_id) const {
  absl::StatusOr<Run> run = [&]() -> absl::StatusOr<Run> {
    absl::MutexLock lock(&mutex_);
    return Find(run_id);
  }();
  if (run.ok()) AddBill(*run);
  return run;
}

absl::StatusOr<std::vector<Run>> RunQueue::List(const RunFilter& filter) const {
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->ListRuns(filter));
  for (Run& run : runs) AddBill(run);
  return runs;
}

template <typename Action>
absl::StatusOr<Run> RunQueue::Mutate(const std::string& run_id, const std::string& request_id,
                                     const std::string& method, Action action) {
  const Instant now = clock_->Now();
  std::string id;
  {
    absl::MutexLock lock(&mutex_);
    bool is_repeat = false;
    if (!request_id.empty()) {
      ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                       store_->FindAnswer(request_id, method));
      is_repeat = answer.has_value();
      if (is_repeat) id = *answer;
    }
    if (!is_repeat) {
      ASSIGN_OR_RETURN(Run run, Find(run_id));
      id = run.run_id;
      RETURN_IF_ERROR(action(run, now));
      if (!request_id.empty()) RETURN_IF_ERROR(store_->PutAnswer(request_id, method, id));
    }
  }
  return Get(id);
}

absl::StatusOr<Run> RunQueue::Pause(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "pause", [this](Run& run, Instant now) -> absl::Status {
    mutex_.AssertHeld();
    if (run.state == RunState::kRunning) return End(run, "pause", now);
    if (run.state != RunState::kQueued) return WrongState(run, "paused", "queued or running");
    return WriteState(run, RunState::kPaused, "paused before it started", now);
  });
}

absl::StatusOr<Run> RunQueue::Resume(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "resume", [this](Run& run, Instant now) -> absl::Status {
    mutex_.AssertHeld();
    if (run.state != RunState::kPaused && run.state != RunState::kFailed) {
      return WrongState(run, "resumed", "paused or failed");
    }
    return Requeue(run, "resumed", now);
  });
}

absl::StatusOr<Run> RunQueue::Stop(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "stop", [this](Run& run, Instant now) -> absl::Status {
    mutex_.AssertHeld();
    if (run.state == RunState::kRunning) return End(run, "stop", now);
    if (run.state != RunState::kQueued && run.state != RunState::kPaused) {
      return WrongState(run, "stopped", "queued, running or paused");
    }
    run.stop = StopOutcome{run.steps, "user", "user"};
    return WriteState(run, RunState::kStopped, "stopped by its user", now);
  });
}

absl::StatusOr<Run> RunQueue::Continue(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "continue", [this](Run& run, Instant now) -> absl::Status {
    mutex_.AssertHeld();
    if (run.state != RunState::kStopped) return WrongState(run, "continued", "stopped");
    if (run.stop) run.stop->mode = kTakenBack;
    return Requeue(run, "its stop was taken back", now);
  });
}

absl::StatusOr<Run> RunQueue::Cancel(const std::string& run_id, const std::string& request_id) {
  return Mutate(run_id, request_id, "cancel", [this](Run& run, Instant now) -> absl::Status {
    mutex_.AssertHeld();
    if (HasEnded(run.state)) return WrongState(run, "cancelled", "queued, running or paused");
    if (run.state == RunState::kRunning) return End(run, "cancel", now);
    return WriteState(run, RunState::kCancelled, "cancelled by its user", now);
  });
}

absl::Status RunQueue::Delete(const std::string& run_id, const std::string& request_id) {
  absl::MutexLock lock(&mutex_);
  if (!request_id.empty()) {
    ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                     store_->FindAnswer(request_id, "delete"));
    if (answer) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Run run, Find(run_id));
  if (!HasEnded(run.state))
    return WrongState(run, "deleted", "finished, stopped, failed or cancelled");
  RETURN_IF_ERROR(store_->DeleteRun(run.run_id));
  std::error_code ignored;  // what is left of its folder is garbage that nothing refers to
  std::filesystem::remove_all(options_.state_dir + "/runs/" + run.run_id, ignored);
  return request_id.empty() ? absl::OkStatus()
                            : store_->PutAnswer(request_id, "delete", run.run_id);
}

absl::Status RunQueue::End(Run& run, const std::string& reason, Instant now) {
  const auto found = active_.find(run.run_id);
  if (found == active_.end()) {
    return absl::UnavailableError(absl::StrCat("run ", run.run_id, " is just ending; try again"));
  }
  ActiveRun& active = found->second;
  if (!active.end_reason.empty()) return absl::OkStatus();
  active.end_reason = reason;
  active.is_cancelled = reason == "cancel";
  active.kill_at = now.monotonic + options_.end_grace;
  active.run.state_reason = absl::StrCat("asked to ", reason);
  active.is_dirty = true;
  const std::string command = active.is_cancelled ? "pause" : reason;
  // A worker that cannot be told is killed when the grace is over, and its run says so.
  active.worker->Send(FormatCommand(WorkerCommand(EndCommand{command}))).IgnoreError();
  return absl::OkStatus();
}

absl::Status RunQueue::Requeue(Run& run, const std::string& reason, Instant now) {
  run.ended_at.reset();
  may_launch_ = true;
  has_queued_ = true;
  return WriteState(run, RunState::kQueued, reason, now);
}

absl::Status RunQueue::WriteState(Run& run, RunState state, const std::string& reason,
                                  Instant now) {
  run.state = state;
  run.state_reason = reason;
  if (HasEnded(state)) run.ended_at = now.wall;
  AppendState(run, now);
  if (HasEnded(state)) AppendFinished(run, now);
  RETURN_IF_ERROR(CommitAndPublish());
  RETURN_IF_ERROR(store_->UpdateRun(run));
  feed_->Notify();
  return absl::OkStatus();
}

absl::Status RunQueue::CommitAndPublish() {
  const absl::StatusOr<int64_t> revision = store_->Commit();
  health_ = revision.status();
  if (revision.ok()) feed_->Publish(*revision);
  return revision.status();
}

void RunQueue::AppendEvent(const Run& run, int64_t attempt, const std::string& kind,
                           std::optional<int64_t> step, const std::string& message,
                           const std::string& details_json, Instant now) {
  RunEvent event;
  event.run_id = run.run_id;
  event.attempt = attempt;
  event.time = now.wall;
  event.kind = kind;
  event.step = step;
  event.message = message;
  event.details_json = details_json;
  store_->Append(std::move(event));
}

void RunQueue::AppendState(const Run& run, Instant now) {
  const std::string state(RunStateName(run.state));
  AppendEvent(run, 0, "state", std::nullopt,
              run.state_reason.empty() ? state : absl::StrCat(state, ": ", run.state_reason),
              StateDetails(run), now);
}

void RunQueue::AppendFinished(const Run& run, Instant now) {
  const std::string state(RunStateName(run.state));
  AppendEvent(run, 0, "finished", run.steps,
              run.state_reason.empty() ? state : absl::StrCat(state, ": ", run.state_reason),
              StateDetails(run), now);
}

void RunQueue::Tick(Instant now) {
  absl::MutexLock lock(&mutex_);
  // What was said is taken before energy is booked, so that all of it lies within booked time.
  for (auto& [id, active] : active_) TakeLines(active);
  BookEnergy(sampler_->Tick(now), now);
  for (auto& [id, active] : active_) {
    while (!active.waiting_lines.empty()) {
      // Energy is booked up to `now`: what was said later waits for the next tick.
      const StepLine* step = std::get_if<StepLine>(&active.waiting_lines.front());
      if (step != nullptr && step->monotonic > now.monotonic && !active.exit) break;
      const WorkerLine line = std::move(active.waiting_lines.front());
      active.waiting_lines.pop_front();
      OnWorkerLine(active, line, now);
    }
    EnforceGrace(active, now);
  }
  for (auto it = active_.begin(); it != active_.end();) {
    if (!it->second.exit) {
      ++it;
      continue;
    }
    Conclude(it->second, now);
    concluded_.push_back(std::move(it->second));
    it = active_.erase(it);
  }
  if (!CommitAndPublish().ok()) return;
  WriteDirtyRuns();
  if (!is_shutting_down_) LaunchQueued(now);
}

void RunQueue::BookEnergy(const Sampler::Booked& booked, Instant now) {
  for (const LedgerInterval& interval : booked.intervals) {
    store_->Append(interval, options_.boot_id);
  }
  for (const Sampler::Position& counter : booked.positions) {
    store_->Append(
        CounterPosition{counter.device, counter.text, counter.read_at, options_.boot_id});
  }
  if (!booked.suspension) return;
  for (auto& [id, active] : active_) {
    AppendEvent(active.run, active.attempt.attempt, "gap", active.run.steps,
                absl::StrCat("the box slept for ", absl::FormatDuration(booked.suspension->slept)),
                "", now);
  }
}

void RunQueue::WriteDirtyRuns() {
  const auto write = [this](ActiveRun& active) {
    mutex_.AssertHeld();
    if (!active.is_dirty) return true;
    const absl::Status status = store_->UpdateRun(active.run);
    if (absl::IsNotFound(status)) return true;  // deleted meanwhile
    if (status.ok()) health_.Update(store_->UpdateAttempt(active.run.run_id, active.attempt));
    health_.Update(status);
    active.is_dirty = !status.ok();
    return status.ok();
  };
  for (auto& [id, active] : active_) write(active);
  const size_t before = concluded_.size();
  std::erase_if(concluded_, write);
  if (concluded_.size() != before) {
    may_launch_ = true;
    feed_->Notify();  // watchers learn of an end by looking at the run again
  }
}

void RunQueue::BeginShutdown(Instant now) {
  absl::MutexLock lock(&mutex_);
  is_shutting_down_ = true;
  for (auto& [id, active] : active_) {
    if (active.end_reason.empty()) End(active.run, "shutdown", now).IgnoreError();
  }
}

bool RunQueue::is_idle() const {
  absl::MutexLock lock(&mutex_);
  return active_.empty() && concluded_.empty();
}

bool RunQueue::has_work() const {
  absl::MutexLock lock(&mutex_);
  return !active_.empty() || !concluded_.empty() || has_queued_;
}

absl::Status RunQueue::health() const {
  absl::MutexLock lock(&mutex_);
  return health_;
}

}  // namespace powerdown
