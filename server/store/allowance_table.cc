#include "server/store/allowance_table.h"

#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::Status AllowanceTable::Put(const std::string& user, const Allowance& allowance,
                                 const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(
        database,
        "INSERT OR REPLACE INTO allowances (user, period, unit, amount) VALUES (?, ?, ?, ?)");
    Parameters(put) << user << NameOf(allowance.period) << allowance.budget.unit
                    << allowance.budget.amount;
    put.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::Status AllowanceTable::Delete(const std::string& user, Period period,
                                    const NewAnswer& answer) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement remove(database, "DELETE FROM allowances WHERE user = ? AND period = ?");
    Parameters(remove) << user << NameOf(period);
    remove.exec();
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<UserAllowance>> AllowanceTable::List() const {
  return file_.Read([](DatabaseConnection& database) -> absl::StatusOr<std::vector<UserAllowance>> {
    Statement select(database, "SELECT user, period, unit, amount FROM allowances");
    std::vector<UserAllowance> allowances;
    while (select.executeStep()) {
      UserAllowance row;
      std::string period;
      Columns(select) >> row.user >> period >> row.allowance.budget.unit >>
          row.allowance.budget.amount;
      const absl::StatusOr<Period> parsed = ParseNamed<Period>(period);
      if (!parsed.ok()) continue;  // of a newer daemon: nothing here could enforce it
      row.allowance.period = *parsed;
      allowances.push_back(std::move(row));
    }
    return allowances;
  });
}

absl::StatusOr<std::vector<UserDay>> AllowanceTable::ReadUserDays(absl::CivilDay first) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<UserDay>> {
    Statement select(database,
                     "SELECT user, day, sum(joules) FROM use_of_users WHERE day >= ? "
                     "GROUP BY user, day");
    Parameters(select) << first;
    std::vector<UserDay> days;
    while (select.executeStep()) {
      UserDay& row = days.emplace_back();
      Columns(select) >> row.user >> row.day >> row.energy;
    }
    return days;
  });
}

}  // namespace powerdown
