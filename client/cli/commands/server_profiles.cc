// server add and server list: the servers that this computer is paired with.
#include <unistd.h>

#include <iostream>

#include "client/cli/commands/commands.h"
#include "client/cli/config.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
#include "client/connection/profiles.h"
#include "client/connection/server_address.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

Json ProfileJson(const Profile& profile) {
  return {{"name", profile.name},
          {"address", profile.endpoint.address},
          {"user", profile.user},
          {"role", profile.role},
          {"fingerprint", profile.endpoint.fingerprint}};
}

absl::StatusOr<ExitCode> AddServer(Session& session, const CommandWords& words) {
  std::string pairing = words.Operand();
  if (pairing == "-") std::getline(std::cin, pairing);
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(Profile profile,
                   PairWith(pairing, words.Text("--label", HostName()), session.answer_timeout()));
  profile.name = words.Text("--name", ProfileNameFor(profile.endpoint));
  RETURN_IF_ERROR(SaveProfile(folder, profile));
  return Done(PrintObject(
      session.console(), ProfileJson(profile),
      Concat("paired with ", profile.endpoint.address, " as ", profile.user, " (", profile.role,
             "); use it with: powerdown --server ", profile.name, " run list")));
}

absl::StatusOr<ExitCode> ListServers(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(const std::vector<Profile> profiles, ListProfiles(folder));
  std::vector<Json> rows;
  for (const Profile& profile : profiles) rows.push_back(ProfileJson(profile));
  return Done(
      PrintTable(session.console(), rows, {"name", "address", "user", "role", "fingerprint"}));
}

// Where the bare command line goes from now on; "" takes it back.
absl::StatusOr<ExitCode> UseServer(Session& session, const CommandWords& words) {
  const std::string wanted = words.Operand();
  ASSIGN_OR_RETURN(const std::string address, ParseServerAddress(wanted));
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  if (address.find(':') == std::string::npos) {
    RETURN_IF_ERROR(FindProfile(folder, address).status());
  }
  ASSIGN_OR_RETURN(const std::string path, ConfigPath());
  RETURN_IF_ERROR(SetConfig(path, "server", address));
  session.console().Say(Concat("commands without --server go to ", address,
                               "; take it back with: powerdown config set server ''"));
  return ExitCode::kDone;
}

// A default that names a server which is gone, or has another name, would fail every command.
absl::Status FollowDefault(const std::string& name, const std::string& new_name) {
  ASSIGN_OR_RETURN(const std::string path, ConfigPath());
  ASSIGN_OR_RETURN(Config config, ReadConfig(path));
  return config["server"] == name ? SetConfig(path, "server", new_name) : absl::OkStatus();
}

absl::StatusOr<ExitCode> RemoveServer(Session& session, const CommandWords& words) {
  const std::string name = words.Operand();
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  RETURN_IF_ERROR(RemoveProfile(folder, name));
  RETURN_IF_ERROR(FollowDefault(name, ""));
  session.console().Say(
      Concat("removed ", name, "; its token still works: revoke it with powerdown user revoke"));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> RenameServer(Session& session, const CommandWords& words) {
  if (words.operands.size() != 2) {
    return absl::InvalidArgumentError("server rename needs two names: powerdown server rename a b");
  }
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  RETURN_IF_ERROR(RenameProfile(folder, words.operands[0], words.operands[1]));
  RETURN_IF_ERROR(FollowDefault(words.operands[0], words.operands[1]));
  session.console().Say(Concat(words.operands[0], " is now ", words.operands[1]));
  return ExitCode::kDone;
}

}  // namespace

CommandTree ServerUseCommand() {
  return {.name = "use",
          .help = "choose the server of commands without --server",
          .examples = {"powerdown server use box"},
          .operand = {.name = "NAME|ADDRESS"},
          .read = RunOnWords(UseServer)};
}
CommandTree ServerRemoveCommand() {
  return {.name = "remove",
          .help = "forget a server that this computer is paired with",
          .operand = {.name = "NAME"},
          .read = RunOnWords(RemoveServer)};
}
CommandTree ServerRenameCommand() {
  return {.name = "rename",
          .help = "give a paired server another name on this computer",
          .examples = {"powerdown server rename 10.0.0.5 box"},
          .operand = {.name = "NAME", .is_repeatable = true},
          .read = RunOnWords(RenameServer)};
}

CommandTree ServerAddCommand() {
  return {.name = "add",
          .help = "on the laptop: pair with the string that `server pair` printed; - reads stdin",
          .examples = {"powerdown server add powerdown://10.0.0.5:7000/…/… --name box"},
          .operand = {.name = "PAIRING"},
          .flags = {Flag("--name", "NAME", "name of the server on this computer [its host]"),
                    Flag("--label", "TEXT", "name of this computer on the server [its host name]")},
          .read = RunOnWords(AddServer)};
}

CommandTree ServerListCommand() {
  return {.name = "list",
          .help = "list the servers that this computer is paired with",
          .read = RunOnWords(ListServers)};
}

}  // namespace powerdown
