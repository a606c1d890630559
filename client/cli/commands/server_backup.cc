// server backup and server restore: copies of the daemon's database.
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/admin_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

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

absl::StatusOr<ExitCode> Backup(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const BackupDescription backup, CreateBackup(*connection));
  return Done(PrintObject(
      session.console(), BackupJson(backup),
      Concat(BackupText(backup), "\n", backup.path,
             "\nThe backup has no checkpoints; to keep those, copy the folder runs/ too.")));
}

absl::StatusOr<ExitCode> Restore(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const BackupDescription backup, RestoreBackup(*connection, words.Operand()));
  ASSIGN_OR_RETURN(const ServerFacts server, connection->GetServerInfo());
  return Done(PrintObject(session.console(), BackupJson(backup),
                          Concat(BackupText(backup),
                                 "\nchecked; it replaces the database when the daemon restarts. "
                                 "Stop the daemon with: kill ",
                                 server.pid)));
}

}  // namespace

CommandTree ServerBackupCommand() {
  return {.name = "backup",
          .help = "copy the database into the box's state folder, while it is in use",
          .read = RunOnWords(Backup)};
}

CommandTree ServerRestoreCommand() {
  return {.name = "restore",
          .help = "replace the database with a backup at the daemon's next start",
          .operand = {.name = "BACKUP"},
          .read = RunOnWords(Restore)};
}

}  // namespace powerdown
