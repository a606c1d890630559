// How much energy users may use in a period, and how much they have used on each day. Each call
// commits before it returns; use is appended with CommitGroup. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/energy/allowance.h"
#include "common/energy/units.h"
#include "server/store/answer_table.h"

namespace powerdown {

class DatabaseFile;

// What an attempt of a user's run has drawn on one day of UTC, gross.
struct UserUse {
  std::string user;
  std::string consumer;
  absl::CivilDay day;
  Joules energy;
};
struct UserDay {
  std::string user;
  absl::CivilDay day;
  Joules energy;  // of all the user's attempts
};
struct UserAllowance {
  std::string user;
  Allowance allowance;
};

class AllowanceTable {
 public:
  explicit AllowanceTable(DatabaseFile& file) : file_(file) {}

  absl::Status Put(const std::string& user, const Allowance& allowance,
                   const NewAnswer& answer = {});
  // Ok if there is none.
  absl::Status Delete(const std::string& user, Period period, const NewAnswer& answer = {});
  absl::StatusOr<std::vector<UserAllowance>> List() const;
  // Each user's use of each day from `first` on.
  absl::StatusOr<std::vector<UserDay>> ReadUserDays(absl::CivilDay first) const;

 private:
  DatabaseFile& file_;
};

}  // namespace powerdown
