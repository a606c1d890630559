// server add and server list: the servers that this computer is paired with.
#include <unistd.h>

#include <iostream>

#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
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

}  // namespace

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
