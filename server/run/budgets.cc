#include "server/run/budgets.h"

#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "server/run/bills.h"
#include "server/run/expected_energy.h"

namespace powerdown {
namespace {

constexpr int64_t kRecalledRuns = 200;
constexpr double kWarnAt = 0.8;

absl::Status CheckRunsBudget(const Budget& budget, Joules allowed, const ExpectedEnergy& expected) {
  if (expected.energy <= allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("energy budget: ", BudgetText(budget),
             " is less than this run is expected to use: ", expected.source));
}

absl::Status CheckAllowance(const std::string& owner, const AllowanceUse& use,
                            const ExpectedEnergy& expected) {
  if (!use.allowed || use.used + expected.energy <= *use.allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("energy budget: ", EnergyText(*use.allowed - use.used), " is left of ", owner, "'s ",
             AllowanceText(use.allowance), " until ", RenewalText(use),
             ", less than this run is expected to use: ", expected.source));
}

}  // namespace

Budgets::Budgets(FootprintFactors factors, std::shared_ptr<const Predictor> predictor, Store* store)
    : factors_(std::move(factors)),
      predictor_(std::move(predictor)),
      store_(store),
      spending_(factors_) {}

absl::Status Budgets::Recall(absl::Time now) {
  ASSIGN_OR_RETURN(const auto allowances, store_->allowances().List());
  for (const UserAllowance& row : allowances) spending_.Set(row.user, row.allowance);
  ASSIGN_OR_RETURN(const auto days,
                   store_->allowances().ReadUserDays(DayOf(now) - Spending::kMostDays));
  for (const UserDay& row : days) spending_.Add(row.user, row.day, row.energy);
  // A warning given before the restart is not given again.
  for (const UserAllowance& row : allowances) spending_.TakeWarnings(row.user, kWarnAt, now);
  return absl::OkStatus();
}

absl::Status Budgets::Set(const std::string& user, Period period,
                          const std::optional<Budget>& budget) {
  if (!budget) {
    RETURN_IF_ERROR(store_->allowances().Delete(user, period));
    spending_.Remove(user, period);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(EnergyOf(*budget, factors_).status());
  RETURN_IF_ERROR(store_->allowances().Put(user, {period, *budget}));
  spending_.Set(user, {period, *budget});
  return absl::OkStatus();
}

std::vector<AllowanceUse> Budgets::Of(const std::string& user, absl::Time now) const {
  return spending_.Of(user, now);
}

void Budgets::Add(const std::string& user, absl::CivilDay day, Joules energy) {
  spending_.Add(user, day, energy);
}

std::map<std::string, AllowanceUse> Budgets::UsedUp(const std::vector<Run>& runs,
                                                    absl::Time now) const {
  std::map<std::string, std::optional<AllowanceUse>> asked;
  std::map<std::string, AllowanceUse> used_up;
  for (const Run& run : runs) {
    const auto [entry, is_new] = asked.try_emplace(run.owner);
    if (!is_new) continue;
    entry->second = spending_.UsedUp(run.owner, now);
    if (entry->second) used_up.emplace(run.owner, *entry->second);
  }
  return used_up;
}

absl::Status Budgets::CheckNew(const Run& run, absl::Time now) const {
  RETURN_IF_ERROR(CheckLeft(run, now));
  const std::vector<AllowanceUse> uses = spending_.Of(run.owner, now);
  if (!run.budget && uses.empty()) return absl::OkStatus();
  RunFilter newest;
  newest.limit = kRecalledRuns;
  ASSIGN_OR_RETURN(std::vector<Run> earlier, store_->runs().List(newest));
  std::erase_if(earlier, [&](const Run& other) { return !IsTelling(run, other); });
  RETURN_IF_ERROR(AddBills(store_->ledger(), factors_, earlier));
  const std::optional<ExpectedEnergy> expected = ExpectEnergy(run, earlier, predictor_.get());
  if (run.budget) {
    ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, factors_));
    if (expected) RETURN_IF_ERROR(CheckRunsBudget(*run.budget, allowed, *expected));
  }
  if (!expected) return absl::OkStatus();
  for (const AllowanceUse& use : uses) {
    RETURN_IF_ERROR(CheckAllowance(run.owner, use, *expected));
  }
  return absl::OkStatus();
}

absl::Status Budgets::CheckLeft(const Run& run, absl::Time now) const {
  if (const auto used_up = spending_.UsedUp(run.owner, now)) {
    return absl::FailedPreconditionError(UsedUpText(run.owner, *used_up));
  }
  if (!run.budget || run.attempts.empty()) return absl::OkStatus();
  std::vector<Run> one = {run};
  RETURN_IF_ERROR(AddBills(store_->ledger(), factors_, one));
  ASSIGN_OR_RETURN(const Joules allowed, EnergyOf(*run.budget, factors_));
  if (!one[0].energy || one[0].energy->gross < allowed) return absl::OkStatus();
  return absl::FailedPreconditionError(
      Concat("run ", run.run_id, " has used up its energy budget of ", BudgetText(*run.budget),
             ": submit a new run with a larger budget"));
}

Budgets::Verdict Budgets::Judge(const Run& run, std::optional<Joules> used, bool& is_warned,
                                absl::Time now) {
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
