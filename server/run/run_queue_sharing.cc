// Who goes first, what a run may use, and when it is expected to start.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr int64_t kRecalledRuns = 200;

std::optional<absl::Duration> TimePerStep(const ActiveRun& active, Instant now) {
  const int64_t steps = active.attempt.last_step - active.attempt.first_step;
  if (steps <= 0) return std::nullopt;
  return (now.wall - active.attempt.started_at) / steps;
}

}  // namespace

absl::Status RunQueue::RecallUse(Instant now) {
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->runs().List(newest));
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
  const Joules more = standing->energy - active.charged;
  if (more == Joules(0)) return;
  const std::string& owner = active.run.owner;
  const absl::CivilDay today = DayOf(now.wall);
  if (std::exchange(active.charged_on, today) != today) active.charged_today = Joules(0);
  active.charged = standing->energy;
  active.charged_today += more;
  used_[owner].Add(more, now.monotonic);
  spending_.Add(owner, today, more);
  store_->group().Append(UserUse{owner, active.consumer, today, active.charged_today});
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
  for (const Run& run : queued) {
    UserShare& share = shares[run.owner];
    if (!share.held_back.empty()) continue;
    const std::optional<AllowanceUse> used_up = spending_.UsedUp(run.owner, now.wall);
    if (used_up) share.held_back = UsedUpText(run.owner, *used_up);
  }
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
  const absl::StatusOr<std::vector<Run>> queued = store_->runs().ListInState(RunState::kQueued);
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

}  // namespace powerdown
