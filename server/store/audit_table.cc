#include "server/store/audit_table.h"

#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::StatusOr<std::vector<AuditRow>> AuditTable::List(int64_t before_entry, int64_t limit) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::vector<AuditRow>> {
    Statement select(
        database,
        "SELECT entry, time_unix_us, user, token_id, peer, method, object, outcome FROM audit "
        "WHERE ?1 = 0 OR entry < ?1 ORDER BY entry DESC LIMIT ?2");
    Parameters(select) << before_entry << limit;
    std::vector<AuditRow> rows;
    while (select.executeStep()) {
      AuditRow& row = rows.emplace_back();
      Columns(select) >> row.entry >> row.time >> row.user >> row.token_id >> row.peer >>
          row.method >> row.object >> row.outcome;
    }
    return rows;
  });
}

}  // namespace powerdown
