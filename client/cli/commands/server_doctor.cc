#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/admin_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> PrintDiagnosis(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<CheckResult> checks, Diagnose(*connection));
  std::vector<Json> rows;
  bool has_failed = false;
  for (const CheckResult& check : checks) {
    Json row = {{"check", check.check}, {"status", check.status}, {"found", check.found}};
    if (!check.remedy.empty()) row["remedy"] = check.remedy;
    rows.push_back(std::move(row));
    has_failed |= check.status == "failed";
  }
  RETURN_IF_ERROR(PrintTable(session.console(), rows, {"check", "status", "found", "remedy"}));
  return has_failed ? ExitCode::kFailed : ExitCode::kDone;
}

}  // namespace

CommandTree ServerDoctorCommand() {
  return {.name = "doctor",
          .help = "check the box for problems; exit code 1 if a check failed",
          .read = RunOnWords(PrintDiagnosis)};
}

}  // namespace powerdown
