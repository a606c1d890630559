#include "server/run/run_queue.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/run/bills.h"
#include "server/run/run_events.h"

namespace powerdown {
namespace {

constexpr int64_t kRecalledRuns = 200;  // whose use still counts in the fair share

}  // namespace

RunQueue::RunQueue(RunQueueOptions options, Clock* clock, IdGenerator* ids, Store* store,
                   Sampler* sampler, Feed* feed, WorkerLauncher* launcher)
    : options_(std::move(options)),
      folders_(options_.state_dir),
      weights_(options_.state_dir, options_.predictor),
      clock_(clock),
      ids_(ids),
      store_(store),
      sampler_(sampler),
      feed_(feed),
      launcher_(launcher),
      budgets_(options_.factors, options_.forecaster, store) {}

RunQueue::~RunQueue() {
  HotLock lock(&mutex_);
  for (auto& [id, active] : active_) active.inbox->Close();
}

absl::Status RunQueue::Recover(Instant now) {
  turn_.Take();
  const HeldTurn turn(&turn_);
  RETURN_IF_ERROR(store_->runs().DisownIncoming());
  ASSIGN_OR_RETURN(std::vector<Run> interrupted, store_->runs().ListInState(RunState::kRunning));
  // A command that was held is paused, and had a worker.
  ASSIGN_OR_RETURN(std::vector<Run> paused, store_->runs().ListInState(RunState::kPaused));
  for (Run& run : paused) {
    const bool had_worker =
        !run.attempts.empty() && run.attempts.back().outcome == AttemptOutcome::kRunning;
    if (run.command && had_worker) interrupted.push_back(std::move(run));
  }
  for (const Run& run : interrupted) {
    RunChange change;
    change.run = run;
    if (!run.attempts.empty() && run.attempts.back().outcome == AttemptOutcome::kRunning) {
      Attempt& attempt = change.attempt.emplace(run.attempts.back());
      attempt.ended_at = NotBefore(now.wall, attempt.started_at);
      attempt.outcome = AttemptOutcome::kInterrupted;
      attempt.reason = "the daemon ended while it ran";
      change.events = {MakeEvent(run, attempt.attempt, EventKind::kGap, run.steps, attempt.reason,
                                 "", now.wall)};
    }
    RETURN_IF_ERROR(LeaveInterrupted(change, now));
  }
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> recent, store_->runs().List(newest));
  RETURN_IF_ERROR(AddBills(*store_, options_.factors, recent));
  {
    HotLock lock(&mutex_);
    shares_.Recall(std::move(recent), now);
  }
  RETURN_IF_ERROR(budgets_.Recall(now.wall));
  return CommitAndPublish();
}

absl::StatusOr<Run> RunQueue::Find(const std::string& run_id) const {
  ASSIGN_OR_RETURN(const std::string id, store_->runs().ResolveId(run_id));
  ASSIGN_OR_RETURN(Run run, store_->runs().Get(id));
  run.factors = options_.factors;
  return run;
}

absl::StatusOr<Run> RunQueue::Get(const std::string& run_id) const {
  ASSIGN_OR_RETURN(Run run, Find(run_id));
  std::vector<Run> one = {std::move(run)};
  RETURN_IF_ERROR(AddBills(*store_, options_.factors, one));
  AddPlaces(one);
  AddTrouble(one);
  return std::move(one.front());
}

absl::StatusOr<std::vector<Run>> RunQueue::List(const RunFilter& filter) const {
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->runs().List(filter));
  RETURN_IF_ERROR(AddBills(*store_, options_.factors, runs));
  AddPlaces(runs);
  AddTrouble(runs);
  return runs;
}

void RunQueue::AddTrouble(std::vector<Run>& runs) const {
  const absl::Status now = health();
  if (now.ok()) return;
  for (Run& run : runs) {
    if (run.state == RunState::kRunning) {
      run.state_reason = Concat("its reports wait to be stored: ", StdView(now.message()));
    } else if (run.state == RunState::kQueued) {
      run.state_reason = Concat("waits: ", StdView(now.message()));
    }
  }
}

absl::Status RunQueue::CommitAndPublish() {
  return Report(store_->group().Commit());
}

absl::Status RunQueue::Commit(const RunChange& change) {
  const absl::Status committed = Report(store_->group().Commit(change));
  if (committed.ok()) NoteState(change.run);
  return committed;
}

absl::Status RunQueue::Busy() const {
  return absl::UnavailableError(absl::StrCat(
      "the queue has been writing earlier changes to the disk for more than ",
      absl::FormatDuration(options_.longest_wait), "; nothing was changed, try again"));
}

void RunQueue::NoteState(const Run& run) {
  budgets_.Note(run);
  if (run.state != RunState::kQueued && run.state != RunState::kRunning) {
    troubles_.Forget(run.run_id);
  }
}

absl::Status RunQueue::Report(const absl::StatusOr<int64_t>& revision) {
  {
    HotLock lock(&mutex_);
    health_ = revision.status();
  }
  if (revision.ok()) feed_->Publish(*revision);
  return revision.status();
}

void RunQueue::Tick(Instant now) {
  {
    HotLock lock(&mutex_);
    for (auto& [id, active] : active_) EnforceGrace(active, now);
  }
  if (store_->group().waiting_rows() > kMostWaitingRows && !CommitAndPublish().ok()) return;
  {
    // Lines are taken before energy is booked, so that all of them lie within booked time.
    HotLock lock(&mutex_);
    for (auto& [id, active] : active_) TakeLines(active);
  }
  const Sampler::Booked booked = sampler_->Tick(now);
  turn_.Take();
  const HeldTurn turn(&turn_);
  {
    HotLock lock(&mutex_);
    BookEnergy(booked, now);
    for (auto& [id, active] : active_) {
      Charge(active, now);
      TellEnergy(active, now);
    }
    // After all are charged: a run of the same user may have used up what both share.
    for (auto& [id, active] : active_) {
      EnforceBudgets(active, now);
    }
    for (auto& [id, active] : active_) {
      ApplyLines(active, now);
    }
  }
  LeaveEnded(now);
  {
    HotLock lock(&mutex_);
    WriteDirtyRuns();
  }
  if (CommitAndPublish().ok()) LaunchQueued(now);
}

void RunQueue::BookEnergy(const Sampler::Booked& booked, Instant now) {
  for (const LedgerInterval& interval : booked.intervals) {
    store_->group().Append(interval, options_.boot_id);
  }
  for (const Sampler::Position& counter : booked.positions) {
    store_->group().Append(
        CounterPosition{counter.device, counter.text, counter.read_at, options_.boot_id});
  }
  for (const Sampler::SensorChange& sensor : booked.sensors) {
    const bool is_back = sensor.error.ok();
    const std::string message =
        sensor.is_new ? Concat(sensor.meter, " reads ", sensor.device, " from now on")
        : is_back     ? Concat(sensor.meter, " reads ", sensor.device, " again")
        : sensor.is_bridged
            ? Concat(sensor.meter, " is not believed for ", sensor.device, ": ",
                     StdView(sensor.error.message()))
            : Concat(sensor.meter, " gives no reading of ", sensor.device, ": ",
                     StdView(sensor.error.message()),
                     "; until the sensor returns, power is estimated and marked as not covered");
    store_->group().Append(MakeEvent(Run(), 0,
                                     is_back ? EventKind::kSensorBack : EventKind::kSensorLost,
                                     std::nullopt, message, "", now.wall));
  }
  if (!booked.suspension) return;
  const std::string slept =
      Concat("the box slept for ", absl::FormatDuration(booked.suspension->slept));
  for (auto& [id, active] : active_) {
    store_->group().Append(MakeEvent(active.run, active.attempt.attempt, EventKind::kGap,
                                     active.run.steps, slept, "", now.wall));
  }
}

void RunQueue::WriteDirtyRuns() {
  for (auto& [id, active] : active_) {
    if (std::exchange(active.is_dirty, false)) store_->group().Append(active.run, active.attempt);
  }
}

absl::Status RunQueue::SetAllowance(const std::string& user, Period period,
                                    const std::optional<Budget>& budget, const NewAnswer& answer) {
  if (!turn_.TakeWithin(options_.longest_wait)) return Busy();
  const HeldTurn turn(&turn_);
  RETURN_IF_ERROR(budgets_.Set(user, period, budget, answer));
  LaunchSoon();
  return absl::OkStatus();
}

std::vector<AllowanceUse> RunQueue::AllowancesOf(const std::string& user) const {
  return budgets_.Of(user, clock_->Now().wall);
}

void RunQueue::BeginShutdown(Instant now) {
  HotLock lock(&mutex_);
  is_shutting_down_ = true;
  // The next tick writes that they were asked.
  for (auto& [id, active] : active_) {
    AskToEnd(active, EndReason::kShutdown, now);
    const absl::Duration latest = now.monotonic + options_.shutdown_grace;
    active.kill_at = std::min(active.kill_at.value_or(latest), latest);
  }
}

void RunQueue::Hold(absl::Status why) {
  HotLock lock(&mutex_);
  hold_ = std::move(why);
  may_launch_ = true;
}

bool RunQueue::is_idle() const {
  HotLock lock(&mutex_);
  return active_.empty() && store_->group().waiting_rows() == 0;
}

bool RunQueue::has_work() const {
  HotLock lock(&mutex_);
  return !active_.empty() || has_queued_;
}

absl::Status RunQueue::health() const {
  HotLock lock(&mutex_);
  return hold_.ok() ? health_ : hold_;
}

}  // namespace powerdown
