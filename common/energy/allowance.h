// What a user may use in a period, and how much of it is used. Periods are of UTC and begin at
// midnight: days, weeks from Monday, months. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/base/named.h"
#include "common/energy/budget.h"

namespace powerdown {

enum class Period { kDay, kWeek, kMonth };

inline constexpr Period kPeriods[] = {Period::kDay, Period::kWeek, Period::kMonth};

template <>
struct NamesOf<Period> {
  static constexpr std::string_view kWhat = "period";
  static constexpr std::string_view kNames[] = {"day", "week", "month"};
};
absl::CivilDay FirstDayOf(Period period, absl::CivilDay day);  // of the period that holds `day`
absl::CivilDay DayOf(absl::Time time);
absl::Time RenewalOf(Period period, absl::Time now);  // when the next period begins

struct Allowance {
  Period period = Period::kDay;
  Budget budget;

  bool operator==(const Allowance&) const = default;
};

std::string AllowanceText(const Allowance& allowance);  // "5 Wh per day"

struct AllowanceUse {
  Allowance allowance;
  // Absent where the budget cannot be turned into energy, as when the price's currency has changed:
  // such an allowance bounds nothing until it is set anew.
  std::optional<Joules> allowed;
  Joules used;  // gross, of the user's runs in this period
  absl::Time renews_at;

  bool is_used_up() const { return allowed && used >= *allowed; }
  bool operator==(const AllowanceUse&) const = default;
};

std::string RenewalText(const AllowanceUse& use);  // "2026-11-25 00:00 UTC"
// "ada's energy budget of 5 Wh per day is used up; it renews 2026-11-25 00:00 UTC"
std::string UsedUpText(const std::string& user, const AllowanceUse& use);

}  // namespace powerdown
