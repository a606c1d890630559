#include "server/store/run_import.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/store/answer_table.h"
#include "server/store/database_file.h"
#include "server/store/run_rows.h"
#include "server/store/run_table.h"
#include "server/store/statements.h"

namespace powerdown {
namespace {

size_t UpdatesBeforeTheLast(const RunBundle& bundle) {
  return bundle.updates.empty() ? 0 : bundle.updates.size() - 1;
}

size_t RowsOf(const RunBundle& bundle) {
  return 1 + UpdatesBeforeTheLast(bundle) + bundle.ledger.size();
}

// A run's own rows may be many.
size_t WeightOf(const Run& run) {
  return 1 + run.tags.size() + run.attempts.size() + run.checkpoints.size();
}

void SetOrigin(SQLite::Database& database, const std::string& run_id, const std::string& origin) {
  SQLite::Statement update(database, "UPDATE runs SET origin = ? WHERE run_id = ?");
  Parameters(update) << origin << run_id;
  update.exec();
}

// Changes at most kRowsAPiece rows; returns whether there may be more. `rows` are of the run ?1.
bool DeletePiece(SQLite::Database& database, const char* rows, const std::string& parameter) {
  SQLite::Statement remove(database,
                           absl::StrCat("DELETE FROM ", rows, " LIMIT ", kRowsAPiece, ")"));
  Parameters(remove) << parameter;
  return remove.exec() == static_cast<int>(kRowsAPiece);
}

}  // namespace

RunImport::RunImport(DatabaseFile* file, const std::vector<RunBundle>* bundles,
                     const std::string* request_id)
    : file_(*file), bundles_(*bundles), request_id_(*request_id) {}

absl::Status RunImport::Write() {
  for (;;) {
    const absl::StatusOr<bool> has_more = WritePiece();
    if (!has_more.ok()) GiveUp();
    if (!has_more.ok() || !*has_more) return has_more.status();
  }
}

absl::StatusOr<bool> RunImport::WritePiece() {
  const size_t bundle_before = bundle_;
  const size_t row_before = row_;
  const absl::StatusOr<bool> written =
      file_.Write([&](SQLite::Database& database) -> absl::StatusOr<bool> {
        if (!request_id_.empty() && SelectAnswer(database, request_id_, kImportRuns)) {
          return absl::AbortedError("an import of the same request was answered");
        }
        GroupWriter writer(database);
        size_t weight = 0;
        while (bundle_ < bundles_.size() && weight < kRowsAPiece) {
          weight += row_ == 0 ? WeightOf(bundles_[bundle_].run) : 1;
          RETURN_IF_ERROR(WriteRow(database, writer));
        }
        const bool has_more = bundle_ < bundles_.size();
        if (!has_more) Admit(database, writer);
        writer.Finish();
        return has_more;
      });
  if (!written.ok()) {
    bundle_ = bundle_before;  // nothing of it is there
    row_ = row_before;
  }
  return written;
}

absl::Status RunImport::WriteRow(SQLite::Database& database, GroupWriter& writer) {
  const RunBundle& bundle = bundles_[bundle_];
  const size_t updates = UpdatesBeforeTheLast(bundle);
  if (row_ == 0) {
    RETURN_IF_ERROR(WriteRun(database, bundle.run));
  } else if (row_ <= updates) {
    std::visit([&](const auto& row) { writer.Write(row); }, bundle.updates[row_ - 1]);
  } else {
    writer.Write(bundle.ledger[row_ - 1 - updates], kNoBoot);
  }
  if (++row_ < RowsOf(bundle)) return absl::OkStatus();
  row_ = 0;
  ++bundle_;
  return absl::OkStatus();
}

absl::Status RunImport::WriteRun(SQLite::Database& database, const Run& run) {
  if (HasRunRow(database, run.run_id)) {
    return absl::AlreadyExistsError(
        absl::StrCat("run ", run.run_id, " already exists; nothing was imported"));
  }
  InsertRunRow(database, run);
  SetOrigin(database, run.run_id, kIncoming);
  // It is to be summed up once all of it is here.
  SQLite::Statement wait(database, "UPDATE run_summaries SET made_with = '-' WHERE run_id = ?");
  Parameters(wait) << run.run_id;
  wait.exec();
  return absl::OkStatus();
}

// The last update of each run comes now, so that its revision tells watchers of a run to be shown.
void RunImport::Admit(SQLite::Database& database, GroupWriter& writer) {
  std::vector<std::string> ids;
  SQLite::Statement sum_up(
      database, "UPDATE run_summaries SET made_with = '', change = change + 1 WHERE run_id = ?");
  for (const RunBundle& bundle : bundles_) {
    const std::string& run_id = bundle.run.run_id;
    SetOrigin(database, run_id, bundle.run.origin);
    if (!bundle.updates.empty()) {
      std::visit([&](const auto& row) { writer.Write(row); }, bundle.updates.back());
    }
    Parameters(sum_up) << run_id;
    sum_up.exec();
    ids.push_back(run_id);
  }
  Remember(database, {request_id_, kImportRuns, absl::StrJoin(ids, ",")});
}

// If this fails too, the next start does it.
void RunImport::GiveUp() {
  const size_t begun = bundle_ + (row_ > 0 ? 1 : 0);
  if (begun == 0) return;
  file_
      .Write([&](SQLite::Database& database) -> absl::Status {
        for (size_t i = 0; i < begun; ++i) SetOrigin(database, bundles_[i].run.run_id, kUnwanted);
        return absl::OkStatus();
      })
      .IgnoreError();
}

void DisownIncoming(SQLite::Database& database) {
  SQLite::Statement update(database, "UPDATE runs SET origin = ? WHERE origin = ?");
  Parameters(update) << kUnwanted << kIncoming;
  update.exec();
}

std::optional<GoneRun> FindGone(SQLite::Database& database) {
  SQLite::Statement find(database,
                         "SELECT run_id, origin FROM runs WHERE origin IN (?, ?) LIMIT 1");
  Parameters(find) << kUnwanted << kDeleted;
  if (!find.executeStep()) return std::nullopt;
  GoneRun gone;
  Columns(find) >> gone.run_id >> gone.origin;
  return gone;
}

bool DeletePieceOfGone(SQLite::Database& database) {
  const std::optional<GoneRun> gone = FindGone(database);
  if (!gone) return false;
  const auto& [run_id, origin] = *gone;
  for (const char* rows :
       {"reports WHERE revision IN (SELECT revision FROM reports WHERE run_id = ?1",
        "events WHERE revision IN (SELECT revision FROM events WHERE run_id = ?1"}) {
    if (DeletePiece(database, rows, run_id)) return true;
  }
  // Energy that was used stays used; that of an import that failed was never here.
  if (origin == kUnwanted &&
      DeletePiece(database,
                  "ledger WHERE (consumer, device, boot_id, start_us) IN (SELECT consumer, device, "
                  "boot_id, start_us FROM ledger WHERE consumer >= ?1 AND consumer < ?1 || x'7f'",
                  RunConsumerPrefix(run_id))) {
    return true;
  }
  SQLite::Statement remove(database, "DELETE FROM runs WHERE run_id = ?");
  Parameters(remove) << run_id;
  remove.exec();
  return true;
}

bool FitsAPiece(SQLite::Database& database, const std::string& run_id) {
  SQLite::Statement count(
      database, absl::StrCat("SELECT count(*) FROM (SELECT 1 FROM reports WHERE run_id = ?1 UNION "
                             "ALL SELECT 1 FROM events WHERE run_id = ?1 LIMIT ",
                             kRowsAPiece + 1, ")"));
  Parameters(count) << run_id;
  count.executeStep();
  return count.getColumn(0).getInt64() <= static_cast<int64_t>(kRowsAPiece);
}

}  // namespace powerdown
