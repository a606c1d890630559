#include "server/run/budgets.h"

#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr double kWarnAt = 0.8;

absl::Status CheckRunsBudget(const Budget& budget, Joules allowed, const ExpectedEnergy& expected) {
  if (expected.energy <= allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("energy budget: ", BudgetText(budget),
             " is less than this run is expected to use: ", expected.source));
}

// `used` of the expected energy is used already; `others` is for runs that wait or train now.
absl::Status CheckAllowance(const std::string& owner, const AllowanceUse& use,
                            const ExpectedEnergy& expected, Joules used,
                            const Commitments::Sum& others) {
  const Joules more = expected.energy > used ? expected.energy - used : Joules(0);
  if (!use.allowed || use.used + others.energy + more <= *use.allowed) return absl::OkStatus();
  const std::string set_aside =
      others.runs == 0
          ? ""
          : Concat(", of which ", EnergyText(others.energy), " is expected by ", others.runs,
                   others.runs == 1 ? " run" : " runs", " in the queue or running");
  return absl::FailedPreconditionError(
      Concat("energy budget: ", EnergyText(*use.allowed - use.used), " is left of ", owner, "'s ",
             AllowanceText(use.allowance), " until ", RenewalText(use), set_aside,
             ", less than this run is expected to use: ", expected.source));
}

}  // namespace

Budgets::Budgets(FootprintFactors factors, std::shared_ptr<const Predictor> predictor, Store* store)
    : factors_(std::move(factors)),
      store_(store),
      commitments_(factors_, std::move(predictor), store),
      spending_(factors_) {}

absl::Status Budgets::Recall(absl::Time now) {
  ASSIGN_OR_RETURN(const auto allowances, store_->allowances().List());
  ASSIGN_OR_RETURN(const auto days,
                   store_->allowances().ReadUserDays(DayOf(now) - Spending::kMostDays));
  HotLock lock(&mutex_);
  for (const UserAllowance& row : allowances) spending_.Set(row.user, row.allowance);
  for (const UserDay& row : days) spending_.Add(row.user, row.day, row.energy);
  // A warning given before the restart is not given again.
  for (const UserAllowance& row : allowances) spending_.TakeWarnings(row.user, kWarnAt, now);
  return absl::OkStatus();
}

absl::Status Budgets::Set(const std::string& user, Period period,
                          const std::optional<Budget>& budget, const NewAnswer& answer) {
  if (!budget) {
    RETURN_IF_ERROR(store_->allowances().Delete(user, period, answer));
    HotLock lock(&mutex_);
    spending_.Remove(user, period);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(EnergyOf(*budget, factors_).status());
  RETURN_IF_ERROR(store_->allowances().Put(user, {period, *budget}, answer));
  HotLock lock(&mutex_);
  spending_.Set(user, {period, *budget});
  return absl::OkStatus();
}

std::vector<AllowanceUse> Budgets::Of(const std::string& user, absl::Time now) const {
  HotLock lock(&mutex_);
  return spending_.Of(user, now);
}

void Budgets::Charge(const Run& run, absl::CivilDay day, Joules energy) {
  commitments_.Charge(run.owner, run.run_id, energy);
  HotLock lock(&mutex_);
  spending_.Add(run.owner, day, energy);
}

std::map<std::string, AllowanceUse> Budgets::UsedUp(const std::vector<QueuedRun>& runs,
                                                    absl::Time now) const {
  HotLock lock(&mutex_);
  std::map<std::string, std::optional<AllowanceUse>> asked;
  std::map<std::string, AllowanceUse> used_up;
  for (const QueuedRun& run : runs) {
    const auto [entry, is_new] = asked.try_emplace(run.owner);
    if (!is_new) continue;
    entry->second = spending_.UsedUp(run.owner, now);
    if (entry->second) used_up.emplace(run.owner, *entry->second);
  }
  return used_up;
}

absl::Status Budgets::CheckNew(const Run& run, absl::Time now) {
  RETURN_IF_ERROR(CheckLeft(run, now));
  if (!run.budget && Of(run.owner, now).empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<ExpectedEnergy> expected, commitments_.Expect(run));
  if (run.budget) {
    ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, factors_));
    if (expected) RETURN_IF_ERROR(CheckRunsBudget(*run.budget, allowed, *expected));
  }
  return expected ? CheckShared(run, *expected, now) : absl::OkStatus();
}

absl::Status Budgets::CheckAgain(const Run& run, absl::Time now) {
  RETURN_IF_ERROR(CheckLeft(run, now));
  if (Of(run.owner, now).empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<ExpectedEnergy> expected, commitments_.Expect(run));
  return expected ? CheckShared(run, *expected, now) : absl::OkStatus();
}

absl::Status Budgets::CheckShared(const Run& run, const ExpectedEnergy& expected, absl::Time now) {
  const std::vector<AllowanceUse> uses = Of(run.owner, now);
  if (uses.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Joules used, commitments_.UsedBy(run));
  ASSIGN_OR_RETURN(const Commitments::Sum others, commitments_.Of(run.owner, run.run_id));
  for (const AllowanceUse& use : uses) {
    RETURN_IF_ERROR(CheckAllowance(run.owner, use, expected, used, others));
  }
  return absl::OkStatus();
}

absl::Status Budgets::CheckLeft(const Run& run, absl::Time now) const {
  {
    HotLock lock(&mutex_);
    if (const auto used_up = spending_.UsedUp(run.owner, now)) {
      return absl::FailedPreconditionError(UsedUpText(run.owner, *used_up));
    }
  }
  if (!run.budget || run.attempts.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Joules used, commitments_.UsedBy(run));
  ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, factors_));
  if (used < allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("run ", run.run_id, " has used up its energy budget of ", BudgetText(*run.budget),
             ": submit a new run with a larger budget"));
}

Budgets::Verdict Budgets::Judge(const Run& run, std::optional<Joules> used, bool& is_warned,
                                absl::Time now) {
  HotLock lock(&mutex_);
  Verdict verdict;
  for (const AllowanceUse& use : spending_.TakeWarnings(run.owner, kWarnAt, now)) {
    verdict.warnings.push_back(Concat("used ", EnergyText(use.used), ", over 80% of ", run.owner,
                                      "'s energy budget of ", AllowanceText(use.allowance),
                                      ", which renews ", RenewalText(use)));
  }
  if (const auto used_up = spending_.UsedUp(run.owner, now)) {
    verdict.used_up = UsedUpText(run.owner, *used_up);
  }
  if (!used || !run.budget) return verdict;
  const absl::StatusOr<Joules> allowed = EnergyOf(*run.budget, factors_);
  if (!allowed.ok()) return verdict;
  const std::string budget = BudgetText(*run.budget);
  if (*used >= *allowed * kWarnAt && !std::exchange(is_warned, true)) {
    verdict.warnings.push_back(
        Concat("used ", EnergyText(*used), ", over 80% of this run's energy budget of ", budget));
  }
  if (*used >= *allowed && verdict.used_up.empty()) {
    verdict.used_up = Concat("this run's energy budget of ", budget, " is used up");
  }
  return verdict;
}

}  // namespace powerdown
