#include "server/run/run_queue.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/run/run_queue_events.h"

namespace powerdown {

RunQueue::RunQueue(RunQueueOptions options, Clock* clock, IdGenerator* ids, Store* store,
                   Sampler* sampler, Feed* feed, WorkerLauncher* launcher)
    : options_(std::move(options)),
      clock_(clock),
      ids_(ids),
      store_(store),
      sampler_(sampler),
      feed_(feed),
      launcher_(launcher),
      spending_(options_.factors) {}

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
  RETURN_IF_ERROR(RecallUse(now));
  RETURN_IF_ERROR(RecallSpending(now));
  return CommitAndPublish();
}

absl::StatusOr<Run> RunQueue::Find(const std::string& run_id) const {
  ASSIGN_OR_RETURN(const std::string id, store_->runs().ResolveId(run_id));
  ASSIGN_OR_RETURN(Run run, store_->runs().Get(id));
  run.factors = options_.factors;
  return run;
}

absl::Status RunQueue::AddBills(std::vector<Run>& runs) const {
  std::vector<std::string> consumers;
  for (const Run& run : runs) consumers.push_back(RunConsumerPrefix(run.run_id));
  ASSIGN_OR_RETURN(const auto totals, store_->ledger().ReadTotals(consumers));
  for (size_t i = 0; i < runs.size(); ++i) {
    Run& run = runs[i];
    run.factors = options_.factors;
    run.energy = SumIntervals(totals[i]);
    if (!run.energy) continue;
    run.co2 = CarbonOf(run.energy->gross, options_.factors);
    run.cost = CostOf(run.energy->gross, options_.factors);
  }
  return absl::OkStatus();
}

absl::StatusOr<Run> RunQueue::Get(const std::string& run_id) const {
  ASSIGN_OR_RETURN(Run run, Find(run_id));
  std::vector<Run> one = {std::move(run)};
  RETURN_IF_ERROR(AddBills(one));
  AddPlaces(one);
  return std::move(one.front());
}

absl::StatusOr<std::vector<Run>> RunQueue::List(const RunFilter& filter) const {
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->runs().List(filter));
  RETURN_IF_ERROR(AddBills(runs));
  AddPlaces(runs);
  return runs;
}

absl::Status RunQueue::CommitAndPublish() {
  const absl::StatusOr<int64_t> revision = store_->group().Commit();
  health_ = revision.status();
  if (revision.ok()) feed_->Publish(*revision);
  return revision.status();
}

absl::Status RunQueue::Commit(const RunChange& change) {
  const absl::StatusOr<int64_t> revision = store_->group().Commit(change);
  health_ = revision.status();
  if (revision.ok()) feed_->Publish(*revision);
  return revision.status();
}

void RunQueue::AppendEvent(const Run& run, int64_t attempt, EventKind kind,
                           std::optional<int64_t> step, const std::string& message,
                           const std::string& details_json, Instant now) {
  store_->group().Append(MakeEvent(run, attempt, kind, step, message, details_json, now.wall));
}

void RunQueue::Tick(Instant now) {
  absl::MutexLock lock(&mutex_);
  for (auto& [id, active] : active_) EnforceGrace(active, now);
  if (store_->group().waiting_rows() > kMostWaitingRows && !CommitAndPublish().ok()) return;
  // What was said is taken before energy is booked, so that all of it lies within booked time.
  for (auto& [id, active] : active_) TakeLines(active);
  BookEnergy(sampler_->Tick(now), now);
  for (auto& [id, active] : active_) {
    Charge(active, now);
    while (!active.waiting_lines.empty()) {
      // Energy is booked up to `now`: what was said later waits for the next tick.
      const StepLine* step = std::get_if<StepLine>(&active.waiting_lines.front());
      if (step != nullptr && step->monotonic > now.monotonic && !active.exit) break;
      const WorkerLine line = std::move(active.waiting_lines.front());
      active.waiting_lines.pop_front();
      OnWorkerLine(active, line, now);
    }
    if (active.exit) Conclude(active, now);
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
    AppendEvent(
        Run(), 0, sensor.error.ok() ? EventKind::kSensorBack : EventKind::kSensorLost, std::nullopt,
        sensor.error.ok() ? Concat(sensor.meter, " reads ", sensor.device, " again")
                          : Concat(sensor.meter, " gives no reading of ", sensor.device, ": ",
                                   StdView(sensor.error.message()),
                                   "; what it draws meanwhile is a guess, told as not covered"),
        "", now);
  }
  if (!booked.suspension) return;
  for (auto& [id, active] : active_) {
    AppendEvent(active.run, active.attempt.attempt, EventKind::kGap, active.run.steps,
                absl::StrCat("the box slept for ", absl::FormatDuration(booked.suspension->slept)),
                "", now);
  }
}

void RunQueue::WriteDirtyRuns() {
  for (auto& [id, active] : active_) {
    if (std::exchange(active.is_dirty, false)) store_->group().Append(active.run, active.attempt);
  }
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
