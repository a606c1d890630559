// config get, set and path: the user's defaults for the command line.
#include "client/cli/config.h"
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> GetConfig(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(const std::string path, ConfigPath());
  ASSIGN_OR_RETURN(Config config, ReadConfig(path));
  const std::string wanted = words.Operand();
  std::vector<Json> rows;
  for (const ConfigKey& key : ConfigKeys()) {
    const std::string name(key.name);
    if (!wanted.empty() && wanted != name) continue;
    rows.push_back({{"key", name}, {"value", config[name]}, {"help", key.help}});
  }
  if (rows.empty()) {
    return absl::NotFoundError(
        Concat("config: key ", Quoted(wanted), " is not known; list them: powerdown config get"));
  }
  Console& console = session.console();
  if (wanted.empty()) return Done(PrintTable(console, rows, {"key", "value", "help"}));
  return Done(PrintObject(console, rows.front(), rows.front()["value"].get<std::string>()));
}

absl::StatusOr<ExitCode> PutConfig(Session& session, const CommandWords& words) {
  if (words.operands.size() != 2) {
    return absl::InvalidArgumentError(
        "config set needs a key and a value; '' takes the key away: powerdown config set server "
        "''");
  }
  ASSIGN_OR_RETURN(const std::string path, ConfigPath());
  RETURN_IF_ERROR(SetConfig(path, words.operands[0], words.operands[1]));
  session.console().Say(Concat("wrote ", path));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> PrintPath(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(const std::string path, ConfigPath());
  return Done(PrintObject(session.console(), Json{{"path", path}}, path));
}

}  // namespace

CommandTree ConfigGetCommand() {
  return {.name = "get",
          .help = "print all keys, or the value of one",
          .examples = {"powerdown config get server"},
          .operand = {.name = "KEY", .is_required = false},
          .read = RunOnWords(GetConfig)};
}

CommandTree ConfigSetCommand() {
  return {.name = "set",
          .help = "set a key; an empty value takes it away",
          .examples = {"powerdown config set server box"},
          .operand = {.name = "KEY VALUE", .is_repeatable = true},
          .read = RunOnWords(PutConfig)};
}

CommandTree ConfigPathCommand() {
  return {.name = "path", .help = "print where the file is", .read = RunOnWords(PrintPath)};
}

}  // namespace powerdown
