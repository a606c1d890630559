#include "server/run/run_queue.h"

#include <utility>

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
  absl::MutexLock lock(&mutex_);
  for (auto& [id, active] : active_) active.inbox->Close();
}

absl::Status RunQueue::Recover(Instant now) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::vector<Run> interrupted,
                   store_->runs().ListInState(RunState::kRunning));
  for (const Run& run : interrupted) {
    RunChange change;
    change.run = run;
    if (!run.attempts.empty() && run.attempts.back().outcome == AttemptOutcome::kRunning) {
      Attempt& attempt = change.attempt.emplace(run.attempts.back());
      attempt.ended_at = now.wall;
      attempt.outcome = AttemptOutcome::kInterrupted;
      attempt.reason = "the daemon ended while it ran";
      change.events = {MakeEvent(run, attempt.attempt, EventKind::kGap, run.steps, attempt.reason,
                                 "", now.wall)};
    }
    RETURN_IF_ERROR(Requeue(change, "the daemon was restarted", now));
  }
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> recent, store_->runs().List(newest));
  RETURN_IF_ERROR(AddBills(store_->ledger(), options_.factors, recent));
  shares_.Recall(std::move(recent), now);
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
  RETURN_IF_ERROR(AddBills(store_->ledger(), options_.factors, one));
  AddPlaces(one);
  return std::move(one.front());
}

absl::StatusOr<std::vector<Run>> RunQueue::List(const RunFilter& filter) const {
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->runs().List(filter));
  RETURN_IF_ERROR(AddBills(store_->ledger(), options_.factors, runs));
  AddPlaces(runs);
  return runs;
}

absl::Status RunQueue::CommitAndPublish() {
  return Report(store_->group().Commit());
}

absl::Status RunQueue::Commit(const RunChange& change) {
  const absl::Status committed = Report(store_->group().Commit(change));
  if (committed.ok()) budgets_.Note(change.run);
  return committed;
}

absl::Status RunQueue::Report(const absl::StatusOr<int64_t>& revision) {
  health_ = revision.status();
  if (revision.ok()) feed_->Publish(*revision);
  return revision.status();
}

void RunQueue::Tick(Instant now) {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, active] : active_) EnforceGrace(active, now);
  if (store_->group().waiting_rows() > kMostWaitingRows && !CommitAndPublish().ok()) return;
  // Lines are taken before energy is booked, so that all of them lie within booked time.
  for (auto& [id, active] : active_) TakeLines(active);
  BookEnergy(sampler_->Tick(now), now);
  for (auto& [id, active] : active_) Charge(active, now);
  // After all are charged: a run of the same user may have used up what both share.
  for (auto& [id, active] : active_) EnforceBudgets(active, now);
  for (auto& [id, active] : active_) {
    while (!active.waiting_lines.empty()) {
      // Energy is booked up to `now`: a later line waits for the next tick.
      const StepLine* step = std::get_if<StepLine>(&active.waiting_lines.front());
      if (step != nullptr && step->monotonic > now.monotonic && !active.exit) break;
      const WorkerLine line = std::move(active.waiting_lines.front());
      active.waiting_lines.pop_front();
      ApplyLine(active, line, now);
    }
    if (active.exit) Leave(active, now);
  }
  WriteDirtyRuns();
  if (std::erase_if(active_, [](const auto& entry) { return entry.second.exit.has_value(); }) > 0) {
    may_launch_ = true;
  }
  if (!CommitAndPublish().ok()) return;
  if (!is_shutting_down_) LaunchQueued(now);
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
        is_back
            ? Concat(sensor.meter, " reads ", sensor.device, " again")
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
                                    const std::optional<Budget>& budget) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(budgets_.Set(user, period, budget));
  may_launch_ = true;
  return absl::OkStatus();
}

std::vector<AllowanceUse> RunQueue::AllowancesOf(const std::string& user) const {
  const Instant now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  return budgets_.Of(user, now.wall);
}

void RunQueue::BeginShutdown(Instant now) {
  absl::MutexLock lock(&mutex_);
  is_shutting_down_ = true;
  for (auto& [id, active] : active_) {
    RunChange change;
    change.run = active.run;
    if (active.end_reason == EndReason::kNone) {
      End(change, EndReason::kShutdown, now).IgnoreError();
    }
  }
}

bool RunQueue::is_idle() const {
  absl::MutexLock lock(&mutex_);
  return active_.empty() && store_->group().waiting_rows() == 0;
}

bool RunQueue::has_work() const {
  absl::MutexLock lock(&mutex_);
  return !active_.empty() || has_queued_;
}

absl::Status RunQueue::health() const {
  absl::MutexLock lock(&mutex_);
  return health_;
}

}  // namespace powerdown
