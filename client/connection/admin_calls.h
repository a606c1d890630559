// What keeps a box from doing its work well, backups and logs, over a connection. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/connection/connection.h"

namespace powerdown {

struct CheckResult {
  std::string check;
  std::string status;  // ok, warning, failed
  std::string found;
  std::string remedy;
};
struct BackupDescription {
  std::string backup;  // its name, for RestoreBackup
  std::string path;    // on the box
  int64_t bytes = 0;
  int64_t runs = 0;
};
struct AttemptText {
  int64_t attempt = 1;
  bool is_cut = false;  // earlier lines are left out
  std::string text;     // any bytes
};

absl::StatusOr<std::vector<CheckResult>> Diagnose(Connection& connection);
absl::StatusOr<BackupDescription> CreateBackup(Connection& connection);
// Takes effect when the daemon starts again.
absl::StatusOr<BackupDescription> RestoreBackup(Connection& connection, const std::string& backup);
absl::StatusOr<std::vector<AttemptText>> GetRunLogs(Connection& connection,
                                                    const std::string& run_id);
// What was measured of a run, signed; see common/run/receipt.h.
absl::StatusOr<std::string> GetReceipt(Connection& connection, const std::string& run_id);

}  // namespace powerdown
