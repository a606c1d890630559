#include "server/store/counter_table.h"

#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::StatusOr<std::optional<int64_t>> CounterTable::Find(const std::string& name) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::optional<int64_t>> {
    Statement select(database, "SELECT value FROM counters WHERE name = ?");
    Parameters(select) << name;
    if (!select.executeStep()) return std::nullopt;
    return select.getColumn(0).getInt64();
  });
}

absl::Status CounterTable::Put(const std::string& name, int64_t value) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement put(database, "INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)");
    Parameters(put) << name << value;
    put.exec();
    return absl::OkStatus();
  });
}

}  // namespace powerdown
