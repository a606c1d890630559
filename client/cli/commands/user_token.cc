// user token, tokens and revoke: what a script signs in with.
#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/connection/access_calls.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr int64_t kMostDays = 36500;

Json TokenJson(const TokenDescription& token) {
  Json row = {{"token_id", token.token_id},
              {"user", token.user},
              {"label", token.label},
              {"created_at", TimeText(token.created_at)}};
  const auto add = [&](const char* key, const std::optional<absl::Time>& time) {
    if (time) row[key] = TimeText(*time);
  };
  add("expires_at", token.expires_at);
  add("revoked_at", token.revoked_at);
  add("last_used_at", token.last_used_at);
  return row;
}

struct TokenOptions {
  std::string user;  // empty: the caller
  std::string label;
  std::optional<absl::Duration> lifetime;  // absent: until revoked
};

absl::StatusOr<TokenOptions> ReadToken(const CommandWords& words) {
  TokenOptions options{.user = words.Operand(), .label = words.Text("--label")};
  if (words.Has("--expires")) {
    ASSIGN_OR_RETURN(const int64_t days, words.Whole("--expires", 0, 1, kMostDays));
    options.lifetime = absl::Hours(24) * days;
  }
  return options;
}

absl::StatusOr<ExitCode> MakeToken(Session& session, const TokenOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const MadeToken made,
                   CreateToken(*connection, options.user, options.label, options.lifetime));
  Console& console = session.console();
  console.Say(Concat("token of user ", made.token.user, "; it is shown only now"));
  Json row = TokenJson(made.token);
  row["token"] = made.secret;
  return Done(PrintObject(console, row, made.secret));
}

absl::StatusOr<ExitCode> ListAllTokens(Session& session, const CommandWords&) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const auto tokens, ListTokens(*connection));
  std::vector<Json> rows;
  for (const TokenDescription& token : tokens) rows.push_back(TokenJson(token));
  return Done(PrintTable(
      session.console(), rows,
      {"token_id", "user", "label", "created_at", "expires_at", "revoked_at", "last_used_at"}));
}

absl::StatusOr<ExitCode> Revoke(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  const std::string token_id = words.Operand();
  RETURN_IF_ERROR(RevokeToken(*connection, token_id));
  return Done(
      PrintObject(session.console(), {{"token_id", token_id}}, Concat("revoked token ", token_id)));
}

}  // namespace

CommandTree UserTokenCommand() {
  return {.name = "token",
          .help = "create a token and print it; it cannot be shown again",
          .examples = {"powerdown user token ada --label ci --expires 30"},
          .operand = {.name = "NAME", .is_required = false},
          .flags = {Flag("--label", "TEXT", "what the token is for"),
                    Flag("--expires", "DAYS", "days until it expires [never]")},
          .read = ReadThenRun(ReadToken, MakeToken)};
}

CommandTree UserTokensCommand() {
  return {.name = "tokens",
          .help = "list your tokens; an admin sees all",
          .read = RunOnWords(ListAllTokens)};
}

CommandTree UserRevokeCommand() {
  return {.name = "revoke",
          .help = "revoke a token; it stops working at once",
          .operand = {.name = "TOKEN"},
          .read = RunOnWords(Revoke)};
}

}  // namespace powerdown
