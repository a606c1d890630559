#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

constexpr int64_t kUsualEntries = 50;
constexpr int64_t kMostEntries = 100000;

Json AuditJson(const AuditEntry& entry) {
  return {{"entry", entry.entry},   {"time", TimeText(entry.time)}, {"user", entry.user},
          {"method", entry.method}, {"object", entry.object},       {"outcome", entry.outcome},
          {"peer", entry.peer},     {"token_id", entry.token_id}};
}

// How many entries.
absl::StatusOr<int64_t> ReadAudit(const CommandWords& words) {
  return words.Whole("--count", kUsualEntries, 1, kMostEntries);
}

absl::StatusOr<ExitCode> PrintAudit(Session& session, const int64_t& count) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto entries, ListAudit(*connection, count));
  std::vector<Json> rows;
  for (const AuditEntry& entry : entries) rows.push_back(AuditJson(entry));
  return Done(
      PrintTable(session.console(), rows, {"time", "user", "method", "object", "outcome", "peer"}));
}

}  // namespace

CommandTree ServerAuditCommand() {
  return {.name = "audit",
          .help = "print who did what and when, the newest first",
          .flags = {Flag("--count", "N", "number of entries [50]")},
          .read = ReadThenRun(ReadAudit, PrintAudit)};
}

}  // namespace powerdown
