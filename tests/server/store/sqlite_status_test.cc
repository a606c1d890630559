#include "server/store/sqlite_status.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <cerrno>
#include <memory>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

absl::Status Translate(int code, int system_error = 0) {
  return StatusOf(SQLite::Exception("what SQLite says", code), system_error, "/state/runs.db");
}

TEST(SqliteStatusTest, EachFailureHasItsCodeAndNamesThePath) {
  const std::pair<int, absl::StatusCode> cases[] = {
      {SQLITE_FULL, absl::StatusCode::kResourceExhausted},
      {SQLITE_BUSY, absl::StatusCode::kUnavailable},
      {SQLITE_LOCKED, absl::StatusCode::kUnavailable},
      {SQLITE_CORRUPT, absl::StatusCode::kDataLoss},
      {SQLITE_NOTADB, absl::StatusCode::kDataLoss},
      {SQLITE_CANTOPEN, absl::StatusCode::kPermissionDenied},
      {SQLITE_READONLY, absl::StatusCode::kPermissionDenied},
      {SQLITE_PERM, absl::StatusCode::kPermissionDenied},
      {SQLITE_IOERR, absl::StatusCode::kUnavailable},
  };
  for (const auto& [sqlite_code, code] : cases) {
    const absl::Status status = Translate(sqlite_code);
    EXPECT_EQ(status.code(), code) << sqlite_code;
    EXPECT_THAT(std::string(status.message()), HasSubstr("/state/runs.db"));
  }
}

TEST(SqliteStatusTest, AnInputOutputErrorForWantOfSpaceIsAFullDisk) {
  EXPECT_EQ(Translate(SQLITE_IOERR_SHMSIZE & 0xff, ENOSPC).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Translate(SQLITE_IOERR, EDQUOT).code(), absl::StatusCode::kResourceExhausted);
  // Any other is the disk's trouble too: runs wait for it, and do not fail.
  const absl::Status broken = Translate(SQLITE_IOERR, EIO);
  EXPECT_EQ(broken.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(broken.ToString(), HasSubstr("Input/output error"));
}

TEST(SqliteStatusTest, ExtendedCodesAreRecognised) {
  EXPECT_EQ(Translate(SQLITE_BUSY_SNAPSHOT).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Translate(SQLITE_READONLY_DIRECTORY).code(), absl::StatusCode::kPermissionDenied);
}

TEST(SqliteStatusTest, NoExceptionPasses) {
  const absl::Status status = StopExceptions(
      "here", nullptr, []() -> absl::Status { throw SQLite::Exception("full", SQLITE_FULL); });
  EXPECT_EQ(status.message(), "cannot store: disk is full (here); free space and try again");
}

}  // namespace
}  // namespace powerdown
