// The box as a whole: what is wrong with it, copies of its database, what its workers said.
#include "absl/strings/str_split.h"
#include "client/cli/commands.h"
#include "client/cli/rows.h"
#include "client/connection/admin_calls.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/footprint.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> TellDiagnosis(Session& session, Connection& connection) {
  ASSIGN_OR_RETURN(const std::vector<CheckResult> checks, Diagnose(connection));
  std::vector<Json> rows;
  bool has_failed = false;
  for (const CheckResult& check : checks) {
    Json row = {{"check", check.check}, {"status", check.status}, {"found", check.found}};
    if (!check.remedy.empty()) row["remedy"] = check.remedy;
    rows.push_back(std::move(row));
    has_failed |= check.status == "failed";
  }
  RETURN_IF_ERROR(WriteRows(session, rows, {"check", "status", "found", "remedy"}).status());
  return has_failed ? ExitCode::kFailed : ExitCode::kDone;
}

Json BackupJson(const BackupDescription& backup) {
  return {{"backup", backup.backup},
          {"path", backup.path},
          {"bytes", backup.bytes},
          {"runs", backup.runs}};
}

std::string BackupText(const BackupDescription& backup) {
  return Concat(backup.backup, ": ", CountText(backup.runs), " runs, ",
                QuantityText(static_cast<double>(backup.bytes), "B"));
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const AdminCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  if (command.verb == "doctor") return TellDiagnosis(session, *connection);
  if (command.verb == "backup") {
    ASSIGN_OR_RETURN(const BackupDescription backup, CreateBackup(*connection));
    return WriteOne(session, BackupJson(backup),
                    Concat(BackupText(backup), "\n", backup.path,
                           "\nCheckpoints are not in it; copy runs/ beside it for those."));
  }
  ASSIGN_OR_RETURN(const BackupDescription backup, RestoreBackup(*connection, command.operand));
  ASSIGN_OR_RETURN(const Connection::ServerDescription server, connection->GetServerInfo());
  return WriteOne(session, BackupJson(backup),
                  Concat(BackupText(backup),
                         "\nchecked; it takes the database's place when the "
                         "daemon starts again: kill ",
                         server.pid));
}

absl::StatusOr<ExitCode> Execute(Session& session, const LogsCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<AttemptText> logs, GetRunLogs(*connection, command.run_id));
  Console& console = session.console();
  if (logs.empty()) console.Say("its workers said nothing");
  std::vector<Json> rows;
  for (const AttemptText& log : logs) {
    if (log.is_cut) console.Say(Concat("attempt ", log.attempt, ": earlier lines are left out"));
    for (const absl::string_view line : absl::StrSplit(log.text, '\n', absl::SkipEmpty())) {
      rows.push_back({{"attempt", log.attempt}, {"line", Printable(StdView(line))}});
    }
  }
  if (session.output() != OutputFormat::kTable) {
    return WriteRows(session, rows, {"attempt", "line"});
  }
  std::string text;
  for (const Json& row : rows) text += row["line"].get<std::string>() + "\n";
  RETURN_IF_ERROR(console.Write(text));
  return ExitCode::kDone;
}

}  // namespace powerdown
