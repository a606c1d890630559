#include "server/store/run_import.h"

#include <utility>

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

size_t UpdatesBeforeTheLast(const IncomingRun& run) {
  return run.updates == 0 ? 0 : static_cast<size_t>(run.updates) - 1;
}

size_t RowsOf(const IncomingRun& run) {
  return 1 + UpdatesBeforeTheLast(run) + run.ledger.size();
}

// A run's own rows may be many.
size_t WeightOf(const Run& run) {
  return 1 + run.tags.size() + run.attempts.size() + run.checkpoints.size();
}

void SetOrigin(DatabaseConnection& database, const std::string& run_id, const std::string& origin) {
  Statement update(database, "UPDATE runs SET origin = ? WHERE run_id = ?");
  Parameters(update) << origin << run_id;
  update.exec();
}

// Changes at most kRowsAPiece rows; returns whether there may be more. `rows` are of the run ?1.
bool DeletePiece(DatabaseConnection& database, const char* rows, const std::string& parameter) {
  Statement remove(database, absl::StrCat("DELETE FROM ", rows, " LIMIT ", kRowsAPiece, ")"));
  Parameters(remove) << parameter;
  return remove.exec() == static_cast<int>(kRowsAPiece);
}

}  // namespace

RunImport::RunImport(DatabaseFile* file, const std::vector<IncomingRun>* runs,
                     const NextUpdate* next, const std::string* request_id)
    : file_(*file), runs_(*runs), next_(*next), request_id_(*request_id) {}

absl::Status RunImport::Write() {
  for (;;) {
    absl::Status status = FillPiece();
    bool has_more = false;
    if (status.ok()) {
      const absl::StatusOr<bool> written = WritePiece();
      status = written.status();
      has_more = written.value_or(false);
    }
    if (!status.ok()) GiveUp();
    if (!has_more) return status;
  }
}

absl::Status RunImport::FillPiece() {
  piece_.clear();
  size_t weight = 0;
  while (run_ < runs_.size() && weight < kRowsAPiece) {
    weight += row_ == 0 ? WeightOf(runs_[run_].run) : 1;
    RETURN_IF_ERROR(FillRow());
  }
  return absl::OkStatus();
}

absl::Status RunImport::FillRow() {
  const IncomingRun& incoming = runs_[run_];
  const size_t updates = UpdatesBeforeTheLast(incoming);
  Row& row = piece_.emplace_back();
  row.run = run_;
  if (row_ > updates) {
    row.what = &incoming.ledger[row_ - 1 - updates];
  } else if (row_ > 0) {
    ASSIGN_OR_RETURN(RunUpdate update, next_());
    std::visit([&](auto& of_run) { of_run.run_id = incoming.run.run_id; }, update);
    row.what = std::move(update);
  }
  if (row_ == updates && incoming.updates > 0) RETURN_IF_ERROR(next_().status());  // the last
  if (++row_ < RowsOf(incoming)) return absl::OkStatus();
  row_ = 0;
  ++run_;
  return absl::OkStatus();
}

absl::StatusOr<bool> RunImport::WritePiece() {
  const bool has_more = run_ < runs_.size();
  RETURN_IF_ERROR(file_.Write([&](DatabaseConnection& database) -> absl::Status {
    if (!request_id_.empty() && SelectAnswer(database, request_id_, kImportRuns)) {
      return absl::AbortedError("an import of the same request was answered");
    }
    GroupWriter writer(database);
    for (const Row& row : piece_) RETURN_IF_ERROR(WriteRow(database, writer, row));
    if (!has_more) Admit(database, writer);
    writer.Finish();
    return absl::OkStatus();
  }));
  begun_ = run_ + (row_ > 0 ? 1 : 0);
  return has_more;
}

absl::Status RunImport::WriteRow(DatabaseConnection& database, GroupWriter& writer,
                                 const Row& row) {
  if (const auto* update = std::get_if<RunUpdate>(&row.what)) {
    std::visit([&](const auto& of_run) { writer.Write(of_run); }, *update);
  } else if (const auto* interval = std::get_if<const LedgerInterval*>(&row.what)) {
    writer.Write(**interval, kNoBoot);
  } else {
    return WriteRun(database, runs_[row.run].run);
  }
  return absl::OkStatus();
}

absl::Status RunImport::WriteRun(DatabaseConnection& database, const Run& run) {
  if (HasRunRow(database, run.run_id)) {
    return absl::AlreadyExistsError(
        absl::StrCat("run ", run.run_id, " already exists; nothing was imported"));
  }
  InsertRunRow(database, run);
  SetOrigin(database, run.run_id, kIncoming);
  // It is to be summed up once all of it is here.
  Statement wait(database, "UPDATE run_summaries SET made_with = '-' WHERE run_id = ?");
  Parameters(wait) << run.run_id;
  wait.exec();
  return absl::OkStatus();
}

// The last update of each run comes now, so that its revision tells watchers of a run to be shown.
void RunImport::Admit(DatabaseConnection& database, GroupWriter& writer) {
  std::vector<std::string> ids;
  Statement sum_up(database,
                   "UPDATE run_summaries SET made_with = '', change = change + 1 WHERE run_id = ?");
  for (const IncomingRun& incoming : runs_) {
    const std::string& run_id = incoming.run.run_id;
    SetOrigin(database, run_id, incoming.run.origin);
    if (incoming.last) std::visit([&](const auto& row) { writer.Write(row); }, *incoming.last);
    Parameters(sum_up) << run_id;
    sum_up.exec();
    ids.push_back(run_id);
  }
  Remember(database, {request_id_, kImportRuns, absl::StrJoin(ids, ",")});
}

// If this fails too, the next start does it.
void RunImport::GiveUp() {
  if (begun_ == 0) return;
  file_
      .Write([&](DatabaseConnection& database) -> absl::Status {
        for (size_t i = 0; i < begun_; ++i) SetOrigin(database, runs_[i].run.run_id, kUnwanted);
        return absl::OkStatus();
      })
      .IgnoreError();
}

void DisownIncoming(DatabaseConnection& database) {
  Statement update(database, "UPDATE runs SET origin = ? WHERE origin = ?");
  Parameters(update) << kUnwanted << kIncoming;
  update.exec();
}

std::optional<GoneRun> FindGone(DatabaseConnection& database) {
  Statement find(database, "SELECT run_id, origin FROM runs WHERE origin IN (?, ?) LIMIT 1");
  Parameters(find) << kUnwanted << kDeleted;
  if (!find.executeStep()) return std::nullopt;
  GoneRun gone;
  Columns(find) >> gone.run_id >> gone.origin;
  return gone;
}

bool DeletePieceOfGone(DatabaseConnection& database) {
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
  Statement remove(database, "DELETE FROM runs WHERE run_id = ?");
  Parameters(remove) << run_id;
  remove.exec();
  return true;
}

bool FitsAPiece(DatabaseConnection& database, const std::string& run_id) {
  Statement count(
      database, absl::StrCat("SELECT count(*) FROM (SELECT 1 FROM reports WHERE run_id = ?1 UNION "
                             "ALL SELECT 1 FROM events WHERE run_id = ?1 LIMIT ",
                             kRowsAPiece + 1, ")"));
  Parameters(count) << run_id;
  count.executeStep();
  return count.getColumn(0).getInt64() <= static_cast<int64_t>(kRowsAPiece);
}

}  // namespace powerdown
