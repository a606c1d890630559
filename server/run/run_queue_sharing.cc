// Who goes first, what a run may use, and when it is expected to start.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "common/text.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr int64_t kRecalledRuns = 200;
constexpr double kWarnAt = 0.8;
// Runs like a new one, whose energy tells what it will use.
constexpr size_t kFewestLikeIt = 3;

std::optional<absl::Duration> TimePerStep(const ActiveRun& active, Instant now) {
  const int64_t steps = active.attempt.last_step - active.attempt.first_step;
  if (steps <= 0) return std::nullopt;
  return (now.wall - active.attempt.started_at) / steps;
}

}  // namespace

absl::Status RunQueue::RecallUse(Instant now) {
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->ListRuns(newest));
  RETURN_IF_ERROR(AddBills(runs));
  std::sort(runs.begin(), runs.end(), [](const Run& a, const Run& b) {
    return a.ended_at.value_or(absl::InfiniteFuture()) <
           b.ended_at.value_or(absl::InfiniteFuture());
  });
  for (const Run& run : runs) {
    if (!run.energy) continue;
    const absl::Duration age = now.wall - run.ended_at.value_or(now.wall);
    used_[run.owner].Add(run.energy->gross, now.monotonic - std::max(age, absl::ZeroDuration()));
  }
  return absl::OkStatus();
}

void RunQueue::Charge(ActiveRun& active, Instant now) {
  const auto standing = sampler_->StandingAt(active.consumer, now.monotonic);
  if (!standing) return;
  used_[active.run.owner].Add(standing->energy - active.charged, now.monotonic);
  active.charged = standing->energy;
}

int64_t RunQueue::FreePlaces() const {
  return std::max<int64_t>(0, options_.max_running - static_cast<int64_t>(active_.size()));
}

std::vector<QueuePlace> RunQueue::Order(const std::vector<Run>& queued, int64_t free_places,
                                        Instant now) const {
  std::vector<QueuedRun> waiting;
  for (const Run& run : queued) waiting.push_back({run.run_id, run.owner, run.priority});
  std::map<std::string, UserShare> shares;
  Joules all;
  for (const auto& [owner, energy] : used_) all += shares[owner].used = energy.At(now.monotonic);
  for (const auto& [id, active] : active_) ++shares[active.run.owner].running;
  QueueRules rules;
  rules.free_places = free_places;
  rules.most_running_per_user = options_.max_running_per_user;
  // Only a guess that makes users take turns before the meter has seen their runs.
  rules.usual_run = Joules(std::max(1.0, all.value() / 10));
  return StartOrder(waiting, std::move(shares), rules);
}

std::vector<absl::Duration> RunQueue::ExpectedStarts(const std::vector<Run>& queued,
                                                     const std::vector<QueuePlace>& order,
                                                     Instant now) const {
  std::vector<absl::Duration> ends(static_cast<size_t>(FreePlaces()), absl::ZeroDuration());
  absl::Duration slowest;
  for (const auto& [id, active] : active_) {
    const std::optional<absl::Duration> step = TimePerStep(active, now);
    if (!step) return {};
    slowest = std::max(slowest, *step);
    ends.push_back(*step * std::max<int64_t>(0, active.run.max_steps - active.run.steps));
  }
  std::vector<absl::Duration> starts;
  if (ends.empty() || slowest == absl::ZeroDuration()) return starts;
  for (const QueuePlace& place : order) {
    const auto first = std::min_element(ends.begin(), ends.end());
    starts.push_back(*first);
    *first += slowest * queued[place.index].max_steps;
  }
  return starts;
}

void RunQueue::AddPlaces(std::vector<Run>& runs) const {
  const bool has_queued = std::any_of(
      runs.begin(), runs.end(), [](const Run& run) { return run.state == RunState::kQueued; });
  if (!has_queued) return;
  const Instant now = clock_->Now();
  const absl::StatusOr<std::vector<Run>> queued = store_->ListRunsInState(RunState::kQueued);
  if (!queued.ok()) return;
  std::map<std::string, std::string> reasons;
  {
    absl::MutexLock lock(&mutex_);
    const std::vector<QueuePlace> order = Order(*queued, FreePlaces(), now);
    const std::vector<absl::Duration> starts = ExpectedStarts(*queued, order, now);
    for (size_t i = 0; i < order.size(); ++i) {
      std::string& reason = reasons[(*queued)[order[i].index].run_id];
      reason = absl::StrCat("place ", i + 1, " of ", order.size());
      if (!order[i].reason.empty()) absl::StrAppend(&reason, ", ", order[i].reason);
      if (i < starts.size() && starts[i] > absl::ZeroDuration()) {
        absl::StrAppend(&reason, ", starts within ",
                        absl::FormatDuration(absl::Ceil(starts[i], absl::Seconds(1))));
      }
    }
  }
  for (Run& run : runs) {
    const auto found = reasons.find(run.run_id);
    if (run.state != RunState::kQueued || found == reasons.end()) continue;
    run.state_reason = run.state_reason.empty()
                           ? found->second
                           : absl::StrCat(found->second, " (", run.state_reason, ")");
  }
}

absl::Status RunQueue::CheckBudget(const Run& run) const {
  if (!run.budget) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, options_.factors));
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->ListRuns(newest));
  std::erase_if(runs, [&](const Run& other) {
    return SpecFamily(other.spec) != SpecFamily(run.spec) || other.auto_stop != run.auto_stop ||
           (other.state != RunState::kFinished && other.state != RunState::kStopped);
  });
  RETURN_IF_ERROR(AddBills(runs));
  std::vector<double> used;
  for (const Run& other : runs) {
    if (other.energy) used.push_back(other.energy->gross.value());
  }
  if (used.size() < kFewestLikeIt) return absl::OkStatus();
  std::sort(used.begin(), used.end());
  const double median = used[used.size() / 2];
  if (median <= allowed.value()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("budget: ", BudgetText(*run.budget), " is less than this run is expected to use: ",
             EnergyText(Joules(median)), " is the median of ", used.size(), " runs like it here (",
             EnergyText(Joules(used.front())), " to ", EnergyText(Joules(used.back())), ")"));
}

void RunQueue::EnforceBudget(ActiveRun& active, Joules used, Instant now) {
  if (!active.run.budget) return;
  const absl::StatusOr<Joules> allowed = EnergyOf(*active.run.budget, options_.factors);
  if (!allowed.ok()) return;
  const std::string budget = BudgetText(*active.run.budget);
  if (used >= *allowed * kWarnAt && !std::exchange(active.is_warned, true)) {
    AppendEvent(active.run, active.attempt.attempt, "budget", active.run.steps,
                Concat(EnergyText(used), " are used: 80% of its budget of ", budget), "", now);
  }
  if (used < *allowed || active.end_reason >= EndReason::kBudget) return;
  active.end_reason = EndReason::kBudget;
  active.run.state_reason = Concat("pauses: its budget of ", budget, " is used up");
  active.is_dirty = true;
  active.kill_at = now.monotonic + options_.end_grace;
  active.worker->Send(FormatCommand(WorkerCommand(EndCommand{"pause"}))).IgnoreError();
}

}  // namespace powerdown
