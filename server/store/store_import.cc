// Whole runs from elsewhere.
#include "absl/strings/str_cat.h"
#include "server/store/access.h"
#include "server/store/run_rows.h"
#include "server/store/update_rows.h"

namespace powerdown {
namespace {

constexpr char kImportRuns[] = "ImportRuns";

}  // namespace

absl::Status Store::ImportRuns(const std::vector<RunBundle>& bundles,
                               const std::string& request_id) {
  return Write([&](SQLite::Database& database) -> absl::Status {
    GroupWriter writer(database);
    for (const RunBundle& bundle : bundles) {
      if (HasRunRow(database, bundle.run.run_id)) {
        return absl::AlreadyExistsError(
            absl::StrCat("run ", bundle.run.run_id, " is here already; nothing was imported"));
      }
      InsertRunRow(database, bundle.run);
      for (const RunUpdate& update : bundle.updates) {
        std::visit([&](const auto& row) { writer.Write(row); }, update);
      }
      for (const LedgerInterval& interval : bundle.ledger) writer.Write(interval, kNoBoot);
      if (!request_id.empty()) {
        InsertAnswer(database, request_id, kImportRuns, bundle.run.run_id);
      }
    }
    writer.Finish();
    return absl::OkStatus();
  });
}

absl::StatusOr<bool> Store::HasRun(const std::string& run_id) const {
  return Read([&](SQLite::Database& database) -> absl::StatusOr<bool> {
    return HasRunRow(database, run_id);
  });
}

}  // namespace powerdown
