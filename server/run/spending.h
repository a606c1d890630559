// Energy that users have used, day by day, and their allowances. For one thread at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/energy/allowance.h"
#include "common/energy/footprint.h"
#include "common/energy/units.h"

namespace powerdown {

class Spending {
 public:
  static constexpr int kMostDays = 31;  // that any period reaches back

  explicit Spending(FootprintFactors factors) : factors_(std::move(factors)) {}

  void Add(const std::string& user, absl::CivilDay day, Joules energy);
  // An allowance that cannot be turned into energy (its currency is not the price's) limits
  // nothing.
  void Set(const std::string& user, const Allowance& allowance);
  void Remove(const std::string& user, Period period);

  std::vector<AllowanceUse> Of(const std::string& user, absl::Time now) const;  // shortest first
  // Of the user's allowances that are used up, the one that renews last.
  std::optional<AllowanceUse> UsedUp(const std::string& user, absl::Time now) const;
  // Allowances used beyond `share`; each is returned once per period.
  std::vector<AllowanceUse> TakeWarnings(const std::string& user, double share, absl::Time now);

 private:
  Joules UsedSince(const std::string& user, absl::CivilDay first) const;

  const FootprintFactors factors_;
  std::map<std::string, std::map<absl::CivilDay, Joules>> used_;   // by user
  std::map<std::string, std::map<Period, Budget>> allowances_;     // by user
  std::map<std::pair<std::string, Period>, absl::CivilDay> told_;  // in the period from that day
};

}  // namespace powerdown
