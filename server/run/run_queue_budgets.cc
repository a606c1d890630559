// What runs and their owners may use: refused at submission, warned of, and paused in time.
#include <algorithm>
#include <utility>

#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

constexpr int64_t kRecalledRuns = 200;
constexpr double kWarnAt = 0.8;
// Runs like a new one, whose energy tells what it will use.
constexpr size_t kFewestLikeIt = 3;
// A run that groks with this probability is expected to be stopped then, another to go on.
constexpr double kLikely = 0.5;

std::string RenewalText(const AllowanceUse& use) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", use.renews_at, absl::UTCTimeZone());
}

}  // namespace

absl::Status RunQueue::RecallSpending(Instant now) {
  ASSIGN_OR_RETURN(const auto allowances, store_->allowances().List());
  for (const UserAllowance& row : allowances) spending_.Set(row.user, row.allowance);
  ASSIGN_OR_RETURN(const auto days,
                   store_->allowances().ReadUserDays(DayOf(now.wall) - Spending::kMostDays));
  for (const UserDay& row : days) spending_.Add(row.user, row.day, row.energy);
  // What was warned of before the restart is not told again.
  for (const UserAllowance& row : allowances) spending_.TakeWarnings(row.user, kWarnAt, now.wall);
  return absl::OkStatus();
}

absl::Status RunQueue::SetAllowance(const std::string& user, Period period,
                                    const std::optional<Budget>& budget) {
  absl::MutexLock lock(&mutex_);
  if (budget) {
    RETURN_IF_ERROR(EnergyOf(*budget, options_.factors).status());
    RETURN_IF_ERROR(store_->allowances().Put(user, {period, *budget}));
    spending_.Set(user, {period, *budget});
  } else {
    RETURN_IF_ERROR(store_->allowances().Delete(user, period));
    spending_.Remove(user, period);
  }
  may_launch_ = true;
  return absl::OkStatus();
}

std::vector<AllowanceUse> RunQueue::AllowancesOf(const std::string& user) const {
  const Instant now = clock_->Now();
  absl::MutexLock lock(&mutex_);
  return spending_.Of(user, now.wall);
}

absl::StatusOr<std::optional<RunQueue::ExpectedEnergy>> RunQueue::Expect(const Run& run) const {
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> runs, store_->runs().List(newest));
  const std::string family = SpecFamily(run.spec);
  const auto is_like_it = [&](const Run& other) {
    const bool has_ended = other.state == RunState::kStopped ||
                           (other.state == RunState::kFinished && other.max_steps == run.max_steps);
    return has_ended && other.auto_stop == run.auto_stop && SpecFamily(other.spec) == family;
  };
  const std::string cost_family = StepCostFamily(run.spec);
  std::erase_if(runs, [&](const Run& other) {
    return !is_like_it(other) && StepCostFamily(other.spec) != cost_family;
  });
  RETURN_IF_ERROR(AddBills(runs));
  std::vector<double> used;
  for (const Run& other : runs) {
    if (other.energy && is_like_it(other)) used.push_back(other.energy->gross.value());
  }
  if (used.size() < kFewestLikeIt) return ExpectFromForecast(run, runs);
  const auto [least, most] = std::minmax_element(used.begin(), used.end());
  const Joules median(UpperMedian(used));
  return ExpectedEnergy{
      median, Concat(EnergyText(median), " is the median of ", used.size(), " runs like it here (",
                     EnergyText(Joules(*least)), " to ", EnergyText(Joules(*most)), ")")};
}

std::optional<RunQueue::ExpectedEnergy> RunQueue::ExpectFromForecast(
    const Run& run, const std::vector<Run>& earlier) const {
  const std::string family = StepCostFamily(run.spec);
  Joules energy;
  int64_t metered = 0;
  for (const Run& other : earlier) {
    if (!other.energy || other.steps == 0 || StepCostFamily(other.spec) != family) continue;
    energy += other.energy->gross;
    metered += other.steps;
  }
  if (metered == 0) return std::nullopt;
  const Joules each = energy / static_cast<double>(metered);
  int64_t steps = run.max_steps;
  std::string why = "its schedule";
  if (run.auto_stop == AutoStop::kOn) {
    if (options_.forecaster == nullptr) return std::nullopt;
    const Forecast forecast = options_.forecaster->BeforeRun(run.spec, run.max_steps);
    if (forecast.is_unfamiliar) return std::nullopt;
    why = ForecastMessage(forecast);
    if (forecast.grok_step && *forecast.will_grok_probability >= kLikely) {
      steps = std::min(steps, *forecast.grok_step);
    } else if (forecast.grok_step) {
      why = "its schedule, as it will likely not grok";
    }
  }
  const Joules expected = each * static_cast<double>(steps);
  return ExpectedEnergy{expected,
                        Concat(EnergyText(expected), " are ", steps, " steps (", why, ") at ",
                               EnergyText(each), " a step, measured here over ", metered)};
}

absl::Status RunQueue::CheckBudgets(const Run& run, Instant now) const {
  RETURN_IF_ERROR(CheckLeft(run, now));
  const std::vector<AllowanceUse> uses = spending_.Of(run.owner, now.wall);
  if (!run.budget && uses.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<ExpectedEnergy> expected, Expect(run));
  if (run.budget) {
    ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, options_.factors));
    if (expected && expected->energy > allowed) {
      return absl::FailedPreconditionError(
          Concat("budget: ", BudgetText(*run.budget),
                 " is less than this run is expected to use: ", expected->source));
    }
  }
  for (const AllowanceUse& use : uses) {
    if (!expected || !use.allowed || use.used + expected->energy <= *use.allowed) continue;
    return absl::FailedPreconditionError(
        Concat("budget: ", EnergyText(*use.allowed - use.used), " is left of ", run.owner, "'s ",
               AllowanceText(use.allowance), " until ", RenewalText(use),
               ", less than this run is expected to use: ", expected->source));
  }
  return absl::OkStatus();
}

absl::Status RunQueue::CheckLeft(const Run& run, Instant now) const {
  const std::optional<AllowanceUse> used_up = spending_.UsedUp(run.owner, now.wall);
  if (used_up) {
    return absl::FailedPreconditionError(Concat("budget: ", UsedUpText(run.owner, *used_up)));
  }
  if (!run.budget || run.attempts.empty()) return absl::OkStatus();
  std::vector<Run> one = {run};
  RETURN_IF_ERROR(AddBills(one));
  ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, options_.factors));
  if (!one[0].energy || one[0].energy->gross < allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat("run ", run.run_id, " has used up its budget of ",
                                              BudgetText(*run.budget),
                                              ": submit it anew with more"));
}

void RunQueue::EnforceBudgets(ActiveRun& active, std::optional<Joules> used, Instant now) {
  const std::string& owner = active.run.owner;
  for (const AllowanceUse& use : spending_.TakeWarnings(owner, kWarnAt, now.wall)) {
    AppendEvent(active.run, active.attempt.attempt, EventKind::kBudget, active.run.steps,
                Concat(EnergyText(use.used), " are used: more than 80% of ", owner, "'s budget of ",
                       AllowanceText(use.allowance), ", which renews ", RenewalText(use)),
                "", now);
  }
  if (const auto used_up = spending_.UsedUp(owner, now.wall)) {
    PauseForBudget(active, UsedUpText(owner, *used_up), now);
  }
  if (!used || !active.run.budget) return;
  const absl::StatusOr<Joules> allowed = EnergyOf(*active.run.budget, options_.factors);
  if (!allowed.ok()) return;
  const std::string budget = BudgetText(*active.run.budget);
  if (*used >= *allowed * kWarnAt && !std::exchange(active.is_warned, true)) {
    AppendEvent(active.run, active.attempt.attempt, EventKind::kBudget, active.run.steps,
                Concat(EnergyText(*used), " are used: more than 80% of its budget of ", budget), "",
                now);
  }
  if (*used >= *allowed)
    PauseForBudget(active, Concat("its budget of ", budget, " is used up"), now);
}

void RunQueue::PauseForBudget(ActiveRun& active, const std::string& used_up, Instant now) {
  if (active.end_reason >= EndReason::kBudget) return;
  active.end_reason = EndReason::kBudget;
  active.used_up = used_up;
  active.run.state_reason = Concat("pauses: ", used_up);
  active.is_dirty = true;
  active.kill_at = now.monotonic + options_.end_grace;
  active.worker->Send(FormatCommand(WorkerCommand(EndCommand{EndRequest::kPause}))).IgnoreError();
}

}  // namespace powerdown
