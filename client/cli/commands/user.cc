// user add, list, budget and remove: who may use the daemon, and how much energy.
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr char kDefaultRole[] = "submitter";

Json UserJson(const UserDescription& user) {
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
    return Concat(budget.text, " per ", budget.period,
                  ": not in the currency of this box; set it again");
  }
  return Concat(EnergyText(budget.used), " used of ", budget.text, " per ", budget.period,
                budget.used >= *budget.allowed ? ", used up" : "");
}

std::string BudgetsText(const UserDescription& user) {
  std::vector<std::string> texts;
  for (const UserDescription::Budget& budget : user.budgets) texts.push_back(BudgetText(budget));
  return texts.empty() ? "no limit" : Join(texts, "; ");
}

absl::StatusOr<ExitCode> AddUser(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const UserDescription user,
                   PutUser(*connection, words.Operand(), words.Text("--role", kDefaultRole)));
  return Done(PrintObject(session.console(), UserJson(user),
                          Concat("user ", user.name, " has the role ", user.role)));
}

absl::StatusOr<ExitCode> ListAllUsers(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto users, ListUsers(*connection));
  std::vector<Json> rows;
  for (const UserDescription& user : users) {
    Json& row = rows.emplace_back(UserJson(user));
    if (session.console().IsForPeople()) row["energy_budget"] = BudgetsText(user);
  }
  return Done(PrintTable(session.console(), rows, {"name", "role", "created_at", "energy_budget"}));
}

absl::StatusOr<CommandWords> ReadUserBudget(const CommandWords& words) {
  if (words.Text("--set").empty() || !words.operands.empty()) return words;
  return absl::InvalidArgumentError("user budget --set needs a user name");
}

absl::StatusOr<ExitCode> SetOrShowBudget(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const std::string amount = words.Text("--set");
  const absl::StatusOr<UserDescription> user =
      amount.empty()
          ? GetUser(*connection, words.Operand())
          : SetUserBudget(*connection, words.Operand(), words.Text("--per", "day"), amount);
  RETURN_IF_ERROR(user.status());
  return Done(PrintObject(session.console(), UserJson(*user),
                          Concat(user->name, ": ", BudgetsText(*user))));
}

absl::StatusOr<ExitCode> RemoveUser(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const std::string name = words.Operand();
  RETURN_IF_ERROR(DeleteUser(*connection, name));
  return Done(PrintObject(session.console(), {{"name", name}}, Concat("removed user ", name)));
}

}  // namespace

CommandTree UserAddCommand() {
  return {.name = "add",
          .help = "add a user, or change a user's role",
          .operand = {.name = "NAME"},
          .flags = {Flag("--role", "ROLE", "viewer, submitter or admin [submitter]")},
          .read = RunOnWords(AddUser)};
}

CommandTree UserListCommand() {
  return {.name = "list",
          .help = "list all users and their energy budgets",
          .read = RunOnWords(ListAllUsers)};
}

CommandTree UserBudgetCommand() {
  return {.name = "budget",
          .help = "show or set the energy budget of a user [you]; only admins can set it",
          .examples = {"powerdown user budget ada --set 5Wh --per week",
                       "powerdown user budget ada --set none --per week"},
          .operand = {.name = "NAME", .is_required = false},
          .flags = {Flag("--set", "BUDGET", "energy budget: 5Wh, 2gCO2, 0.01USD, or none"),
                    Flag("--per", "PERIOD", "day, week or month, in UTC [day]")},
          .read = ReadThenRun(ReadUserBudget, SetOrShowBudget)};
}

CommandTree UserRemoveCommand() {
  return {.name = "remove",
          .help = "remove a user and all tokens of the user; runs stay",
          .operand = {.name = "NAME"},
          .read = RunOnWords(RemoveUser)};
}

}  // namespace powerdown
