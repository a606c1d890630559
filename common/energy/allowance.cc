#include "common/energy/allowance.h"

#include "common/base/text.h"

namespace powerdown {

absl::CivilDay FirstDayOf(Period period, absl::CivilDay day) {
  switch (period) {
    case Period::kDay:
      return day;
    case Period::kWeek:
      return absl::PrevWeekday(day + 1, absl::Weekday::monday);
    case Period::kMonth:
      return absl::CivilDay(absl::CivilMonth(day));
  }
  return day;
}

absl::CivilDay DayOf(absl::Time time) {
  return absl::ToCivilDay(time, absl::UTCTimeZone());
}

absl::Time RenewalOf(Period period, absl::Time now) {
  const absl::CivilDay first = FirstDayOf(period, DayOf(now));
  const absl::CivilDay next = period == Period::kDay ? first + 1
                              : period == Period::kWeek
                                  ? first + 7
                                  : absl::CivilDay(absl::CivilMonth(first) + 1);
  return absl::FromCivil(next, absl::UTCTimeZone());
}

std::string AllowanceText(const Allowance& allowance) {
  return Concat(BudgetText(allowance.budget), " per ", NameOf(allowance.period));
}

std::string RenewalText(const AllowanceUse& use) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", use.renews_at, absl::UTCTimeZone());
}

std::string UsedUpText(const std::string& user, const AllowanceUse& use) {
  return Concat(user, "'s energy budget of ", AllowanceText(use.allowance),
                " is used up; it renews ", RenewalText(use));
}

}  // namespace powerdown
