#include <algorithm>

#include "absl/time/clock.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

Json ServerJson(const ServerFacts& server) {
  Json json = {{"version", server.version},
               {"hostname", server.hostname},
               {"state_dir", server.state_dir},
               {"addresses", server.addresses},
               {"pid", server.pid},
               {"running_runs", server.running_runs},
               {"queued_runs", server.queued_runs},
               {"watchers", server.watchers},
               {"features", server.features},
               {"started_at", TimeText(server.started_at)}};
  if (!server.receipt_key.empty()) json["receipt_key"] = server.receipt_key;
  if (server.own_core_share) json["own_core_share"] = *server.own_core_share;
  if (server.own_power) json["own_power_watts"] = server.own_power->value();
  return json;
}

std::string ServerText(const ServerFacts& server, const Style& style) {
  TextTable table({"", ""});
  const auto add = [&](std::string_view name, std::string value) {
    table.AddRow({style.Paint(Ink::kFaint, name), std::move(value)});
  };
  add("daemon", Concat("powerdownd ", server.version, " on ", server.hostname));
  add("addresses", server.addresses);
  add("state folder", server.state_dir);
  add("process",
      Concat(server.pid, ", up ",
             DurationText(std::max(absl::Now() - server.started_at, absl::ZeroDuration()))));
  add("receipt key", server.receipt_key);
  add("runs", Concat(server.running_runs, " running, ", server.queued_runs, " queued"));
  add("watchers", Concat(server.watchers));
  if (server.own_core_share) {
    add("daemon's own cost",
        Concat(PercentText(*server.own_core_share, 2), " of a core",
               server.own_power ? Concat(", ", WattsText(*server.own_power)) : ""));
  }
  if (!server.features.empty()) add("features", Join(server.features, ", "));
  return table.Text(style);
}

absl::StatusOr<ExitCode> PrintServerInfo(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const ServerFacts server, connection->GetServerInfo());
  return Done(PrintObject(session.console(), ServerJson(server),
                          [&](const Style& style) { return ServerText(server, style); }));
}

}  // namespace

CommandTree ServerInfoCommand() {
  return {.name = "info",
          .help = "print the version, addresses and load of the daemon",
          .read = RunOnWords(PrintServerInfo)};
}

}  // namespace powerdown
