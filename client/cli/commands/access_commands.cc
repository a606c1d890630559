// Pairing, users, tokens and the audit.
#include <unistd.h>

#include <iostream>

#include "client/cli/commands.h"
#include "client/cli/rows.h"
#include "client/connection/access_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr absl::Duration kDefaultTimeout = absl::Seconds(30);
constexpr char kDefaultRole[] = "submitter";

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

void AddTime(Json& row, const std::string& key, const std::optional<absl::Time>& time) {
  if (time) row[key] = TimeText(*time);
}

Json JsonOf(const UserDescription& user) {
  Json row = {{"name", user.name}, {"role", user.role}, {"created_at", TimeText(user.created_at)}};
  row["budgets"] = Json::array();
  for (const UserDescription::Budget& budget : user.budgets) {
    Json one = {{"period", budget.period},
                {"budget", budget.text},
                {"used_joules", NumberJson(budget.used.value())},
                {"renews_at", TimeText(budget.renews_at)}};
    if (budget.allowed) one["allowed_joules"] = NumberJson(budget.allowed->value());
    row["budgets"].push_back(std::move(one));
  }
  return row;
}

std::string BudgetText(const UserDescription::Budget& budget) {
  if (!budget.allowed) {
    return Concat(budget.text, " per ", budget.period, ": not in this box's currency, set it anew");
  }
  return Concat(EnergyText(budget.used), " used of ", budget.text, " per ", budget.period,
                budget.used >= *budget.allowed ? ", used up" : "");
}

std::string BudgetsText(const UserDescription& user) {
  std::vector<std::string> texts;
  for (const UserDescription::Budget& budget : user.budgets) texts.push_back(BudgetText(budget));
  return texts.empty() ? "as much as they like" : Join(texts, "; ");
}

Json JsonOf(const TokenDescription& token) {
  Json row = {{"token_id", token.token_id},
              {"user", token.user},
              {"label", token.label},
              {"created_at", TimeText(token.created_at)}};
  AddTime(row, "expires_at", token.expires_at);
  AddTime(row, "revoked_at", token.revoked_at);
  AddTime(row, "last_used_at", token.last_used_at);
  return row;
}

Json JsonOf(const AuditEntry& entry) {
  return {{"entry", entry.entry},   {"time", TimeText(entry.time)}, {"user", entry.user},
          {"method", entry.method}, {"object", entry.object},       {"outcome", entry.outcome},
          {"peer", entry.peer},     {"token_id", entry.token_id}};
}

absl::StatusOr<ExitCode> Pair(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const StartedPairing started,
                   StartPairing(*connection, command.user, command.role));
  session.console().Say(Concat("lets user ", started.user, " in, once, until ",
                               TimeText(started.expires_at),
                               "; on the other computer: powerdown server add PAIRING"));
  return WriteOne(session,
                  {{"pairing", started.pairing},
                   {"user", started.user},
                   {"expires_at", TimeText(started.expires_at)}},
                  started.pairing);
}

absl::StatusOr<ExitCode> Add(Session& session, const AccessCommand& command) {
  std::string pairing = command.operand;
  if (pairing == "-") std::getline(std::cin, pairing);
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(Profile profile,
                   PairWith(pairing, command.label.empty() ? HostName() : command.label,
                            session.options().timeout.value_or(kDefaultTimeout)));
  profile.name = command.name.empty() ? ProfileNameFor(profile.endpoint) : command.name;
  RETURN_IF_ERROR(SaveProfile(folder, profile));
  return WriteOne(
      session,
      {{"name", profile.name},
       {"address", profile.endpoint.address},
       {"user", profile.user},
       {"role", profile.role},
       {"fingerprint", profile.endpoint.fingerprint}},
      Concat("paired with ", profile.endpoint.address, " as ", profile.user, " (", profile.role,
             "); use it: powerdown --server ", profile.name, " run list"));
}

absl::StatusOr<ExitCode> ListServers(Session& session) {
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  ASSIGN_OR_RETURN(const std::vector<Profile> profiles, ListProfiles(folder));
  std::vector<Json> rows;
  for (const Profile& profile : profiles) {
    rows.push_back({{"name", profile.name},
                    {"address", profile.endpoint.address},
                    {"user", profile.user},
                    {"role", profile.role},
                    {"fingerprint", profile.endpoint.fingerprint}});
  }
  return WriteRows(session, rows, {"name", "address", "user", "role", "fingerprint"});
}

absl::StatusOr<ExitCode> Audit(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto entries, ListAudit(*connection, command.count));
  std::vector<Json> rows;
  for (const AuditEntry& entry : entries) rows.push_back(JsonOf(entry));
  return WriteRows(session, rows, {"time", "user", "method", "object", "outcome", "peer"});
}

absl::StatusOr<ExitCode> AddUser(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(
      const UserDescription user,
      PutUser(*connection, command.operand, command.role.empty() ? kDefaultRole : command.role));
  return WriteOne(session, JsonOf(user), Concat("user ", user.name, " is a ", user.role));
}

absl::StatusOr<ExitCode> ListAllUsers(Session& session) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto users, ListUsers(*connection));
  std::vector<Json> rows;
  for (const UserDescription& user : users) {
    Json& row = rows.emplace_back(JsonOf(user));
    if (session.output() == OutputFormat::kTable) row["budgets"] = BudgetsText(user);
  }
  return WriteRows(session, rows, {"name", "role", "created_at", "budgets"});
}

absl::StatusOr<ExitCode> UserBudget(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  absl::StatusOr<UserDescription> user =
      command.budget.empty()
          ? GetUser(*connection, command.operand)
          : SetUserBudget(*connection, command.operand, command.period, command.budget);
  RETURN_IF_ERROR(user.status());
  return WriteOne(session, JsonOf(*user), Concat(user->name, ": ", BudgetsText(*user)));
}

absl::StatusOr<ExitCode> RemoveUser(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  RETURN_IF_ERROR(DeleteUser(*connection, command.operand));
  return WriteOne(session, {{"name", command.operand}}, Concat("removed user ", command.operand));
}

absl::StatusOr<ExitCode> MakeToken(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const MadeToken made,
                   CreateToken(*connection, command.operand, command.label, command.lifetime));
  session.console().Say(Concat("a token of user ", made.token.user, "; it is not shown again"));
  Json row = JsonOf(made.token);
  row["token"] = made.secret;
  return WriteOne(session, row, made.secret);
}

absl::StatusOr<ExitCode> ListAllTokens(Session& session) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto tokens, ListTokens(*connection));
  std::vector<Json> rows;
  for (const TokenDescription& token : tokens) rows.push_back(JsonOf(token));
  return WriteRows(
      session, rows,
      {"token_id", "user", "label", "created_at", "expires_at", "revoked_at", "last_used_at"});
}

absl::StatusOr<ExitCode> Revoke(Session& session, const AccessCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  RETURN_IF_ERROR(RevokeToken(*connection, command.operand));
  return WriteOne(session, {{"token_id", command.operand}},
                  Concat("revoked token ", command.operand));
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const AccessCommand& command) {
  if (command.words == "server pair") return Pair(session, command);
  if (command.words == "server add") return Add(session, command);
  if (command.words == "server list") return ListServers(session);
  if (command.words == "server audit") return Audit(session, command);
  if (command.words == "user add") return AddUser(session, command);
  if (command.words == "user list") return ListAllUsers(session);
  if (command.words == "user budget") return UserBudget(session, command);
  if (command.words == "user remove") return RemoveUser(session, command);
  if (command.words == "user token") return MakeToken(session, command);
  if (command.words == "user tokens") return ListAllTokens(session);
  return Revoke(session, command);
}

}  // namespace powerdown
