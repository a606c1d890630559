// run logs: what a run's workers wrote to stderr, or what its command wrote at all.
#include <algorithm>
#include <functional>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/admin_calls.h"
#include "common/base/json.h"
#include "common/base/line_splitter.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// How soon a new line is seen, against the calls that a watcher makes.
constexpr absl::Duration kLookAgain = absl::Milliseconds(300);
constexpr size_t kLongestOutputLine = 64 << 10;  // a longer one is cut

using TakeLogLine = std::function<absl::Status(int64_t attempt, const std::string& line)>;

// Of the newest attempt from its first byte that is still there, until it has ended; without
// `follows` only what is there now.
absl::Status ReadCommandLines(Session& session, Connection& connection, const std::string& run_id,
                              bool follows, const TakeLogLine& take) {
  LineSplitter lines(kLongestOutputLine);
  int64_t attempt = 0;
  for (int64_t offset = 0;;) {
    ASSIGN_OR_RETURN(const Connection::Output output,
                     connection.GetRunOutput(run_id, attempt, offset));
    if (output.offset > offset) {
      session.console().Say(Concat(output.offset - offset, " earlier bytes are forgotten"));
    }
    attempt = output.attempt;
    offset = output.offset + static_cast<int64_t>(output.text.size());
    for (const std::string& line : lines.Push(output.text)) RETURN_IF_ERROR(take(attempt, line));
    if (!output.text.empty()) continue;
    if (output.has_ended || !follows) break;
    absl::SleepFor(kLookAgain);
  }
  for (const std::string& line : lines.Push("\n")) {
    if (!line.empty()) RETURN_IF_ERROR(take(attempt, line));
  }
  return absl::OkStatus();
}

Json LogRow(int64_t attempt, const std::string& printable) {
  return {{"attempt", attempt}, {"line", printable}};
}

absl::StatusOr<ExitCode> FollowCommand(Session& session, Connection& connection,
                                       const std::string& run_id) {
  Console& console = session.console();
  return Done(ReadCommandLines(session, connection, run_id, /*follows=*/true,
                               [&](int64_t attempt, const std::string& line) {
                                 const std::string printable = Printable(line);
                                 if (console.IsForPeople()) return console.Write(printable + "\n");
                                 return console.WriteJsonLine(LogRow(attempt, printable));
                               }));
}

absl::Status PrintLogRows(Console& console, const std::vector<Json>& rows) {
  return PrintList(console, rows, [&](const Style&) {
    std::string text;
    for (const Json& row : rows) text += row["line"].get<std::string>() + "\n";
    return text;
  });
}

absl::StatusOr<ExitCode> PrintLogs(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Console& console = session.console();
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
  if (words.Has("--follow") || words.Has("-f")) {
    return FollowCommand(session, *connection, run.run_id);
  }
  ASSIGN_OR_RETURN(const std::vector<AttemptText> logs, GetRunLogs(*connection, run.run_id));
  std::vector<Json> rows;
  if (run.command) {
    RETURN_IF_ERROR(ReadCommandLines(session, *connection, run.run_id, /*follows=*/false,
                                     [&](int64_t attempt, const std::string& line) {
                                       rows.push_back(LogRow(attempt, Printable(line)));
                                       return absl::OkStatus();
                                     }));
    if (rows.empty()) console.Say("the command wrote nothing");
  } else if (logs.empty()) {
    console.Say("the run's workers wrote nothing to stderr");
  }
  for (const AttemptText& log : logs) {
    if (log.is_cut) console.Say(Concat("attempt ", log.attempt, ": earlier lines are left out"));
    for (const absl::string_view line : absl::StrSplit(log.text, '\n', absl::SkipEmpty())) {
      const std::string printable = Printable(StdView(line));
      if (run.command) {
        console.Say(printable);  // of its runner
      } else {
        rows.push_back(LogRow(log.attempt, printable));
      }
    }
  }
  return Done(PrintLogRows(console, rows));
}

}  // namespace

CommandTree RunLogsCommand() {
  return {.name = "logs",
          .help = "print what a command wrote, or a network's workers to stderr",
          .examples = {"powerdown run logs 128 --follow"},
          .operand = {.name = "RUN"},
          .flags = {Flag("--follow", "", "go on until the command has ended"),
                    Flag("-f", "", "the same")},
          .read = RunOnWords(PrintLogs)};
}

}  // namespace powerdown
