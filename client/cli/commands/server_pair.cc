#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> Pair(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const StartedPairing started,
                   StartPairing(*connection, words.Text("--user"), words.Text("--role")));
  Console& console = session.console();
  const absl::Duration left = absl::Ceil(started.expires_at - absl::Now(), absl::Minutes(1));
  console.Say(Concat("one computer can pair as user ", started.user, " within ", AgeText(left),
                     ", until ", LocalTimeText(started.expires_at), "; paste this line there:"));
  // A script gets the pairing alone.
  const std::string line =
      Concat(console.has_terminal_for_data() ? "powerdown server add " : "", started.pairing);
  return Done(PrintObject(console,
                          {{"pairing", started.pairing},
                           {"user", started.user},
                           {"expires_at", TimeText(started.expires_at)}},
                          line));
}

}  // namespace

CommandTree ServerPairCommand() {
  return {
      .name = "pair",
      .help = "on the box: print a one-time pairing string for another computer",
      .examples = {"powerdown server pair --user ada"},
      .flags = {Flag("--user", "NAME",
                     "user to pair as; created if missing [the daemon's own user]"),
                Flag("--role", "ROLE", "role of a new user: viewer, submitter, admin [submitter]")},
      .read = RunOnWords(Pair)};
}

}  // namespace powerdown
