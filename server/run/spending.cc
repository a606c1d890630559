#include "server/run/spending.h"

namespace powerdown {

void Spending::Add(const std::string& user, absl::CivilDay day, Joules energy) {
  std::map<absl::CivilDay, Joules>& days = used_[user];
  days[day] += energy;
  while (days.begin()->first + kMostDays < day) days.erase(days.begin());
}

void Spending::Set(const std::string& user, const Allowance& allowance) {
  allowances_[user][allowance.period] = allowance.budget;
  told_.erase({user, allowance.period});
}

void Spending::Remove(const std::string& user, Period period) {
  const auto found = allowances_.find(user);
  if (found != allowances_.end()) found->second.erase(period);
}

Joules Spending::UsedSince(const std::string& user, absl::CivilDay first) const {
  Joules sum;
  const auto found = used_.find(user);
  if (found == used_.end()) return sum;
  for (auto day = found->second.lower_bound(first); day != found->second.end(); ++day) {
    sum += day->second;
  }
  return sum;
}

std::vector<AllowanceUse> Spending::Of(const std::string& user, absl::Time now) const {
  std::vector<AllowanceUse> uses;
  const auto found = allowances_.find(user);
  if (found == allowances_.end()) return uses;
  for (const auto& [period, budget] : found->second) {
    AllowanceUse& use = uses.emplace_back();
    use.allowance = {period, budget};
    const absl::StatusOr<Joules> allowed = EnergyOf(budget, factors_);
    if (allowed.ok()) use.allowed = *allowed;
    use.used = UsedSince(user, FirstDayOf(period, DayOf(now)));
    use.renews_at = RenewalOf(period, now);
  }
  return uses;
}

std::optional<AllowanceUse> Spending::UsedUp(const std::string& user, absl::Time now) const {
  std::optional<AllowanceUse> last;
  for (const AllowanceUse& use : Of(user, now)) {
    if (use.is_used_up() && (!last || use.renews_at > last->renews_at)) last = use;
  }
  return last;
}

std::vector<AllowanceUse> Spending::TakeWarnings(const std::string& user, double share,
                                                 absl::Time now) {
  std::vector<AllowanceUse> warnings;
  for (const AllowanceUse& use : Of(user, now)) {
    if (!use.allowed || use.used < *use.allowed * share) continue;
    const Period period = use.allowance.period;
    const absl::CivilDay first = FirstDayOf(period, DayOf(now));
    const auto [told, is_new] = told_.try_emplace({user, period}, first);
    if (!is_new && told->second == first) continue;
    told->second = first;
    warnings.push_back(use);
  }
  return warnings;
}

}  // namespace powerdown
