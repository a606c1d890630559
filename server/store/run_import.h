// Takes in whole runs from elsewhere, and takes out runs that are to go, both in pieces, so that
// others' commits wait for one piece at most. For one thread; throws SQLite::Exception.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/database_connection.h"
#include "server/store/incoming_runs.h"
#include "server/store/update_rows.h"

namespace powerdown {

class DatabaseFile;

// Rows of one transaction: some 50 ms of writing.
inline constexpr size_t kRowsAPiece = 5000;

// Origins of runs that nobody is shown: of an import that has not come to its end, of one that
// never will, and of a run that its owner deleted.
inline constexpr char kIncoming[] = "importing";
inline constexpr char kUnwanted[] = "unwanted";
inline constexpr char kDeleted[] = "deleted";
inline constexpr char kIsShown[] = "origin NOT IN ('importing', 'unwanted', 'deleted')";

class RunImport {
 public:
  // All outlive it.
  RunImport(DatabaseFile* file, const std::vector<IncomingRun>* runs, const NextUpdate* next,
            const std::string* request_id);

  // As RunTable::Import.
  absl::Status Write();

 private:
  // What is written as one row, of runs_[run]: the run itself, an update or an interval of its
  // energy.
  struct Row {
    size_t run = 0;
    std::variant<std::monostate, RunUpdate, const LedgerInterval*> what;
  };
  absl::Status FillPiece();  // before the others wait: reading takes as long as writing
  absl::Status FillRow();
  absl::StatusOr<bool> WritePiece();  // false: that was the last
  absl::Status WriteRow(DatabaseConnection& database, GroupWriter& writer, const Row& row);
  absl::Status WriteRun(DatabaseConnection& database, const Run& run);
  void Admit(DatabaseConnection& database, GroupWriter& writer);
  void GiveUp();

  DatabaseFile& file_;
  const std::vector<IncomingRun>& runs_;
  const NextUpdate& next_;
  const std::string& request_id_;
  std::vector<Row> piece_;
  // What comes next: of this run, this row (the run, its updates but the last, its ledger).
  size_t run_ = 0;
  size_t row_ = 0;
  size_t begun_ = 0;  // runs of which rows are written
};

// Of an import that the last daemon did not bring to its end.
void DisownIncoming(DatabaseConnection& database);
// A run that is to go.
struct GoneRun {
  std::string run_id;
  std::string origin;
};
std::optional<GoneRun> FindGone(DatabaseConnection& database);
// Deletes rows of a run that is to go, and the run with its last ones. False: there is none.
bool DeletePieceOfGone(DatabaseConnection& database);
// Whether the run's rows are few enough to go at once.
bool FitsAPiece(DatabaseConnection& database, const std::string& run_id);

}  // namespace powerdown
