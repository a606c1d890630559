#include "server/store/series_table.h"

#include "server/store/database_file.h"
#include "server/store/run_rows.h"
#include "server/store/statements.h"

namespace powerdown {

absl::StatusOr<std::optional<KeptSeries>> SeriesTable::Find(const std::string& run_id) const {
  return file_.Read([&](DatabaseConnection& database) -> absl::StatusOr<std::optional<KeptSeries>> {
    Statement select(database, "SELECT next_revision, content FROM series WHERE run_id = ?");
    Parameters(select) << run_id;
    if (!select.executeStep()) return std::optional<KeptSeries>();
    KeptSeries series;
    Columns columns(select);
    columns >> series.next_revision;
    series.content = columns.TakeBytes();
    return std::optional<KeptSeries>(std::move(series));
  });
}

absl::Status SeriesTable::Put(const std::string& run_id, const KeptSeries& series,
                              int64_t most_bytes) {
  return file_.Write([&](DatabaseConnection& database) -> absl::Status {
    if (!HasRunRow(database, run_id)) return absl::OkStatus();
    Statement put(
        database,
        "INSERT OR REPLACE INTO series (run_id, next_revision, content) VALUES (?, ?, ?)");
    Parameters(put) << run_id << series.next_revision << Bytes{series.content};
    put.exec();
    // Newest first, as long as they fit together.
    Statement forget(database,
                     "DELETE FROM series WHERE rowid IN (SELECT rowid FROM (SELECT rowid, "
                     "sum(length(content)) OVER (ORDER BY rowid DESC) AS together FROM "
                     "series) WHERE together > ?)");
    Parameters(forget) << most_bytes;
    forget.exec();
    return absl::OkStatus();
  });
}

}  // namespace powerdown
