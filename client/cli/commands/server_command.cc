// What needs no run: the daemon itself, help, and texts that are ready to print.
#include "absl/time/clock.h"
#include "client/cli/command_table.h"
#include "client/cli/commands.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/table.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

Json ServerJson(const Connection::ServerDescription& server) {
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
  if (server.own_core_share) json["own_core_share"] = *server.own_core_share;
  if (server.own_power) json["own_power_watts"] = server.own_power->value();
  return json;
}

std::string ServerText(const Connection::ServerDescription& server, const Style& style) {
  TextTable table;
  table.AddColumn("");
  table.AddColumn("");
  const auto add = [&](std::string_view name, std::string value) {
    table.AddRow({style.Paint(Ink::kFaint, name), std::move(value)});
  };
  add("daemon", Concat("powerdownd ", server.version, " on ", server.hostname));
  add("serves on", server.addresses);
  add("state", server.state_dir);
  add("process", Concat(server.pid, ", up ", DurationText(absl::Now() - server.started_at)));
  add("runs", Concat(server.running_runs, " running, ", server.queued_runs, " queued"));
  add("watchers", Concat(server.watchers));
  if (server.own_core_share) {
    add("its own cost",
        Concat(PercentText(*server.own_core_share, 2), " of a core",
               server.own_power ? Concat(", ", QuantityText(server.own_power->value(), "W")) : ""));
  }
  if (!server.features.empty()) add("features", Join(server.features, ", "));
  return table.Text(style);
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ServerCommand&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Connection::ServerDescription server, connection->GetServerInfo());
  Console& console = session.console();
  switch (session.output()) {
    case OutputFormat::kTable:
      RETURN_IF_ERROR(console.Write(ServerText(server, console.style())));
      break;
    case OutputFormat::kJson:
      RETURN_IF_ERROR(console.WriteJson(ServerJson(server)));
      break;
    case OutputFormat::kJsonLines:
      RETURN_IF_ERROR(console.WriteJsonLine(ServerJson(server)));
      break;
    case OutputFormat::kCsv:
      RETURN_IF_ERROR(console.Write(CsvOf({ServerJson(server)})));
      break;
  }
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const PrintCommand& command) {
  RETURN_IF_ERROR(session.console().Write(command.text));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const HelpCommand& command) {
  Console& console = session.console();
  RETURN_IF_ERROR(console.Write(HelpText(Commands(), command.words, console.style())));
  return ExitCode::kDone;
}

}  // namespace powerdown
