// How the queue orders its runs and starts their workers.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "server/run/run_events.h"
#include "server/run/run_queue.h"
#include "server/run/worker_memory.h"

namespace powerdown {
namespace {

// A run whose earlier worker still lives is looked at again after this.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);
// Whether an energy budget has renewed is looked at again after this, at the latest.
constexpr absl::Duration kRenewalCheck = absl::Minutes(1);

}  // namespace

int64_t RunQueue::FreePlaces() const {
  return std::max<int64_t>(0, options_.max_running - static_cast<int64_t>(active_.size()));
}

std::vector<RunningRun> RunQueue::Running(absl::Duration now) const {
  std::vector<RunningRun> running;
  for (const auto& [id, active] : active_) {
    RunningRun& run = running.emplace_back();
    run.owner = active.run.owner;
    run.steps_left = std::max<int64_t>(0, active.run.max_steps - active.run.steps);
    const int64_t steps = active.attempt.last_step - active.attempt.first_step;
    if (steps > 0) run.step = (now - active.launched_at) / steps;
  }
  return running;
}

std::vector<QueuePlace> RunQueue::Order(const std::vector<QueuedRun>& queued, int64_t free_places,
                                        const std::map<std::string, AllowanceUse>& used_up,
                                        Instant now) const {
  std::map<std::string, std::string> held_back;
  for (const auto& [owner, use] : used_up) held_back[owner] = UsedUpText(owner, use);
  QueueRules rules;
  rules.free_places = free_places;
  rules.most_running_per_user = options_.max_running_per_user;
  return shares_.Order(queued, Running(now.monotonic), held_back, rules, now.monotonic);
}

void RunQueue::AddPlaces(std::vector<Run>& runs) const {
  const bool has_queued = std::any_of(
      runs.begin(), runs.end(), [](const Run& run) { return run.state == RunState::kQueued; });
  if (!has_queued) return;
  const Instant now = clock_->Now();
  const absl::StatusOr<std::vector<QueuedRun>> queued = store_->runs().ListQueued();
  if (!queued.ok()) return;
  const auto used_up = budgets_.UsedUp(*queued, now.wall);
  std::map<std::string, std::string> places;
  {
    HotLock lock(&mutex_);
    const std::vector<QueuePlace> order = Order(*queued, FreePlaces(), used_up, now);
    places = PlaceTexts(*queued, order,
                        ExpectedStarts(*queued, order, Running(now.monotonic), FreePlaces()));
  }
  for (Run& run : runs) {
    const auto found = places.find(run.run_id);
    if (run.state != RunState::kQueued || found == places.end()) continue;
    run.state_reason = run.state_reason.empty()
                           ? found->second
                           : absl::StrCat(found->second, " (", run.state_reason, ")");
  }
}

bool RunQueue::HasFreePlace() const {
  HotLock lock(&mutex_);
  return FreePlaces() > 0;
}

bool RunQueue::MayLaunch(Instant now) const {
  HotLock lock(&mutex_);
  if (is_shutting_down_ || !hold_.ok() || FreePlaces() == 0) return false;
  return may_launch_ || (next_retry_ && now.monotonic >= *next_retry_);
}

void RunQueue::LaunchSoon() {
  HotLock lock(&mutex_);
  may_launch_ = true;
  has_queued_ = true;
}

void RunQueue::LaunchAt(absl::Duration at) {
  HotLock lock(&mutex_);
  next_retry_ = std::min(next_retry_.value_or(absl::InfiniteDuration()), at);
}

std::vector<QueuedRun> RunQueue::TakeOrder(std::vector<QueuedRun> queued, Instant now) {
  const std::map<std::string, AllowanceUse> used_up = budgets_.UsedUp(queued, now.wall);
  HotLock lock(&mutex_);
  may_launch_ = false;
  next_retry_.reset();
  has_queued_ = !queued.empty();
  for (const auto& [owner, use] : used_up) {
    const absl::Duration wait = std::min(use.renews_at - now.wall, kRenewalCheck);
    next_retry_ = std::min(next_retry_.value_or(absl::InfiniteDuration()), now.monotonic + wait);
  }
  // Ordered as if there were room for all: a run that cannot start leaves its place to the next.
  const auto all = static_cast<int64_t>(queued.size());
  std::vector<QueuedRun> order;
  for (const QueuePlace& place : Order(queued, all, used_up, now)) {
    if (place.reason.empty()) order.push_back(std::move(queued[place.index]));
  }
  return order;
}

void RunQueue::LaunchQueued(Instant now) {
  if (!MayLaunch(now)) return;
  absl::StatusOr<std::vector<QueuedRun>> queued = store_->runs().ListQueued();
  if (!queued.ok()) return;
  for (const QueuedRun& run : TakeOrder(*std::move(queued), now)) {
    if (!HasFreePlace()) break;
    if (const auto until = troubles_.HeldBackUntil(run.run_id, now.monotonic)) {
      LaunchAt(*until);
      continue;
    }
    if (TryLaunch(run.run_id, now)) continue;
    LaunchAt(now.monotonic + kRetryAfter);
    break;
  }
}

bool RunQueue::TryLaunch(const std::string& run_id, Instant now) {
  absl::StatusOr<Run> run = Find(run_id);
  if (!run.ok()) return false;  // the store says why at the next commit
  // A damaged run, which the store shows as failed, cannot be trained as it was submitted.
  absl::Status status = CheckAttempts(*run);
  if (!status.ok()) {
    status = absl::OutOfRangeError(status.message());
  } else if (HasEnded(run->state)) {
    status = absl::DataLossError(run->state_reason);
  } else if (run->command && run->command->is_attached) {
    status = absl::OutOfRangeError("powerdown exec was left without an answer");
  } else {
    status = Launch(*run, std::nullopt, now);
  }
  if (status.ok()) return true;
  RunChange change;
  change.run = *std::move(run);
  const std::string cause(status.message());
  if (absl::IsFailedPrecondition(status)) {  // the run's earlier worker still lives; try the next
    LaunchAt(now.monotonic + kRetryAfter);
    return true;
  }
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) {
    // The trouble is the box's: failing this run would fail the whole queue.
    const std::string reason = absl::StrCat("waits: ", cause);
    if (change.run.state_reason != reason) {
      Enter(change, RunState::kQueued, reason, now).IgnoreError();
    }
    return false;
  }
  LaunchSoon();  // the run took its owner's turn
  return Enter(change, RunState::kFailed, cause, now).ok();
}

absl::Status RunQueue::Launch(Run run, const std::optional<Attachment>& attached, Instant now) {
  ActiveRun active;
  const int64_t attempt = run.attempts.empty() ? 1 : run.attempts.back().attempt + 1;
  active.attempt.attempt = attempt;
  active.attempt.started_at = NotBefore(now.wall, BeginOf(run));
  if (!run.attempts.empty() && run.attempts.back().ended_at) {
    active.attempt.started_at = NotBefore(active.attempt.started_at, *run.attempts.back().ended_at);
  }
  active.launched_at = now.monotonic;
  active.kill_at = now.monotonic + options_.start_grace;
  active.consumer = AttemptConsumer(run.run_id, attempt);
  RETURN_IF_ERROR(folders_.CheckRoom(run));
  ASSIGN_OR_RETURN(WorkerOrder order, folders_.Prepare(run, attempt));
  if (!run.command) {
    order.memory_bytes = WorkerMemoryLimit(run.spec, options_.worker_memory_factor);
  }
  active.log_file = order.log_file;
  ASSIGN_OR_RETURN(const std::vector<LedgerInterval> earlier,
                   store_->ledger().Read(RunConsumerPrefix(run.run_id)));
  if (const auto figure = SumIntervals(earlier)) active.earlier_energy = figure->gross;
  active.inbox->SetLiveModels(&live_);
  ASSIGN_OR_RETURN(active.worker, launcher_->Launch(order, active.inbox.get()));

  ASSIGN_OR_RETURN(const std::optional<RunEvent> renewed, weights_.Renew(run, now.wall));
  run.state = RunState::kRunning;
  run.state_reason.clear();
  if (!run.started_at) run.started_at = active.attempt.started_at;
  RunChange change;
  change.run = run;
  change.attempt = active.attempt;
  change.events = {StateEvent(run, now.wall)};
  if (renewed) change.events.push_back(*renewed);
  RETURN_IF_ERROR(Commit(change));  // before it starts: on failure the idle worker just ends

  if (run.command) {
    sampler_->AddTree(active.consumer, attached ? attached->pid : active.worker->pid(), now);
  } else {
    sampler_->AddConsumer(active.consumer, active.worker->pid(), now, run.spec.device);
  }
  StartCommand start = folders_.StartOf(run, attempt, weights_.Read(run));
  start.attached = attached;
  const absl::Status sent = active.worker->Send(FormatCommand(WorkerCommand(start)));
  if (!sent.ok()) {
    active.failure =
        absl::StrCat("the start command could not be sent to the worker: ", sent.message());
    active.worker->Kill();
  }
  active.run = std::move(run);
  const std::string run_id = active.run.run_id;
  live_.Add(run_id, active.worker.get());
  HotLock lock(&mutex_);
  active_.emplace(run_id, std::move(active));
  return absl::OkStatus();
}

}  // namespace powerdown
