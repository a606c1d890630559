#include "client/connection/admin_calls.h"

#include "client/connection/request_id.h"
#include "client/connection/stubs.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

BackupDescription ReadBackup(const v1::Backup& wire) {
  return {wire.backup(), wire.path(), wire.bytes(), wire.runs()};
}

template <typename Method, typename Request>
absl::StatusOr<BackupDescription> AskForBackup(Connection& connection, Method method,
                                               Request request) {
  request.set_request_id(NewRequestId());
  v1::Backup wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.admin_, method, request, &wire));
  return ReadBackup(wire);
}

}  // namespace

absl::StatusOr<std::vector<CheckResult>> Diagnose(Connection& connection) {
  v1::Diagnosis wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(
      stubs.Call(*stubs.admin_, &v1::AdminService::Stub::Diagnose, v1::DiagnoseRequest(), &wire));
  std::vector<CheckResult> checks;
  for (const v1::Diagnosis::Check& line : wire.checks()) {
    checks.push_back({line.check(), line.status(), line.found(), line.remedy()});
  }
  return checks;
}

absl::StatusOr<BackupDescription> CreateBackup(Connection& connection) {
  return AskForBackup(connection, &v1::AdminService::Stub::CreateBackup, v1::CreateBackupRequest());
}

absl::StatusOr<BackupDescription> RestoreBackup(Connection& connection, const std::string& backup) {
  v1::RestoreBackupRequest request;
  request.set_backup(backup);
  return AskForBackup(connection, &v1::AdminService::Stub::RestoreBackup, request);
}

absl::StatusOr<std::vector<AttemptText>> GetRunLogs(Connection& connection,
                                                    const std::string& run_id) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::RunLogs wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.Call(*stubs.runs_, &v1::RunService::Stub::GetRunLogs, request, &wire));
  std::vector<AttemptText> logs;
  for (const v1::RunLogs::AttemptLog& log : wire.attempts()) {
    logs.push_back({log.attempt(), log.is_cut(), log.text()});
  }
  return logs;
}

absl::StatusOr<std::string> GetReceipt(Connection& connection, const std::string& run_id) {
  v1::GetRunRequest request;
  request.set_run_id(run_id);
  v1::Receipt wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.Call(*stubs.runs_, &v1::RunService::Stub::GetReceipt, request, &wire));
  return wire.text();
}

}  // namespace powerdown
