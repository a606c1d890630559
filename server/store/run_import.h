// Takes in whole runs from elsewhere, and takes out runs that are to go, both in pieces, so that
// others' commits wait for one piece at most. For one thread; throws SQLite::Exception.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/run/run_bundle.h"
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
  RunImport(DatabaseFile* file, const std::vector<RunBundle>* bundles,
            const std::string* request_id);

  // As RunTable::Import.
  absl::Status Write();

 private:
  absl::StatusOr<bool> WritePiece();  // false: that was the last
  absl::Status WriteRow(SQLite::Database& database, GroupWriter& writer);
  absl::Status WriteRun(SQLite::Database& database, const Run& run);
  void Admit(SQLite::Database& database, GroupWriter& writer);
  void GiveUp();

  DatabaseFile& file_;
  const std::vector<RunBundle>& bundles_;
  const std::string& request_id_;
  // What comes next: of this bundle, this row (the run, its updates but the last, its ledger).
  size_t bundle_ = 0;
  size_t row_ = 0;
};

// Of an import that the last daemon did not bring to its end.
void DisownIncoming(SQLite::Database& database);
// A run that is to go.
struct GoneRun {
  std::string run_id;
  std::string origin;
};
std::optional<GoneRun> FindGone(SQLite::Database& database);
// Deletes rows of a run that is to go, and the run with its last ones. False: there is none.
bool DeletePieceOfGone(SQLite::Database& database);
// Whether the run's rows are few enough to go at once.
bool FitsAPiece(SQLite::Database& database, const std::string& run_id);

}  // namespace powerdown
