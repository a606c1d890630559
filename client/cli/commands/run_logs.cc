#include "absl/strings/str_split.h"
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

absl::StatusOr<ExitCode> PrintLogs(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<AttemptText> logs, GetRunLogs(*connection, words.Operand()));
  Console& console = session.console();
  if (logs.empty()) console.Say("the run's workers wrote nothing to stderr");
  std::vector<Json> rows;
  std::string text;
  for (const AttemptText& log : logs) {
    if (log.is_cut) console.Say(Concat("attempt ", log.attempt, ": earlier lines are left out"));
    for (const absl::string_view line : absl::StrSplit(log.text, '\n', absl::SkipEmpty())) {
      const std::string printable = Printable(StdView(line));
      rows.push_back({{"attempt", log.attempt}, {"line", printable}});
      text += printable + "\n";
    }
  }
  return Done(PrintList(console, rows, [&](const Style&) { return text; }));
}

}  // namespace

CommandTree RunLogsCommand() {
  return {.name = "logs",
          .help = "print what the run's workers wrote to stderr",
          .operand = {.name = "RUN"},
          .read = RunOnWords(PrintLogs)};
}

}  // namespace powerdown
