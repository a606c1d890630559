#include "server/store/sqlite_status.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

bool IsDiskFull(int code, int system_error) {
  const bool is_io_error = code == SQLITE_IOERR || code == SQLITE_CANTOPEN;
  return code == SQLITE_FULL || (is_io_error && (system_error == ENOSPC || system_error == EDQUOT));
}

absl::Status ConstraintStatus(int extended_code, const std::string& text) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::AlreadyExistsError(text);
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return absl::NotFoundError(absl::StrCat(text, "; the run does not exist"));
    default:
      return absl::InvalidArgumentError(text);
  }
}

}  // namespace

int SystemError(const SQLite::Database* database) {
  return database == nullptr ? 0 : sqlite3_system_errno(database->getHandle());
}

absl::Status StatusOf(const SQLite::Exception& exception, int system_error,
                      const std::string& path) {
  const int code = exception.getErrorCode() & 0xff;  // extended codes are in the upper bits
  if (IsDiskFull(code, system_error)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot store: disk is full (", path, "); free space and try again"));
  }
  const std::string text = absl::StrCat(path, ": ", exception.what());
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(
          absl::StrCat(path, " is locked by another process; close it and try again"));
    case SQLITE_IOERR:
      return absl::UnavailableError(
          absl::StrCat("cannot read or write ", path, ": ", exception.what(),
                       system_error == 0 ? "" : absl::StrCat(" (", strerror(system_error), ")"),
                       "; check the disk"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat(
          path, " is damaged or not a database (", exception.what(),
          "); restore a backup, or move the file away to start with an empty database"));
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError(absl::StrCat(
          "cannot open ", path, ": the folder must exist and be readable and writable"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(
          absl::StrCat("cannot write ", path, ": no permission for the file or its folder"));
    case SQLITE_CONSTRAINT:
      return ConstraintStatus(exception.getExtendedErrorCode(), text);
    default:
      return absl::InternalError(text);
  }
}

}  // namespace powerdown
