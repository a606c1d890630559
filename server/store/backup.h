// Backups of the database, and restoring one. A backup is a complete SQLite file in a folder beside
// the database, readable only by its owner; checkpoints are not in it. Thread-safe for backups of
// different names.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/answer_table.h"

namespace powerdown {

inline std::string DatabasePath(const std::string& state_dir) {
  return state_dir + "/powerdown.db";
}
inline std::string BackupFolder(const std::string& state_dir) {
  return state_dir + "/backups";
}

struct Backup {
  std::string name;  // its file name
  std::string path;
  int64_t bytes = 0;
  int64_t runs = 0;
};

// Of `database`, which may be in use, as it is at one moment. ResourceExhausted on a full disk,
// which leaves nothing behind; AlreadyExists.
absl::StatusOr<Backup> CreateBackup(const std::string& database, const std::string& folder,
                                    const std::string& name);

// Checks the backup and copies it beside the database, for TakeRestored to put in its place.
// NotFound lists the backups that there are; DataLoss if it is damaged; FailedPrecondition if a
// newer daemon or another program made it.
// `answer` is remembered in the copy: it is the database that a repeat of the request will find.
absl::StatusOr<Backup> StageRestore(const std::string& database, const std::string& folder,
                                    const std::string& name, const NewAnswer& answer = {});
// A backup that is there, checked. NotFound.
absl::StatusOr<Backup> FindBackup(const std::string& folder, const std::string& name);

// Before the database is opened: puts a staged backup in its place and keeps the file that it
// replaces as <database>.before-restore. Returns whether there was one. Finishes what a crash
// interrupted.
absl::StatusOr<bool> TakeRestored(const std::string& database);

// DataLoss with what SQLite found to be wrong in the file. Ends with an error, which says nothing
// of the file, once `is_stopped`, if it is given.
absl::Status CheckIntegrity(const std::string& database,
                            const std::atomic<bool>* is_stopped = nullptr);

}  // namespace powerdown
