#include "client/connection/access_calls.h"

#include <algorithm>

#include "client/connection/request_id.h"
#include "client/connection/stubs.h"
#include "client/connection/tls_probe.h"
#include "common/base/pairing.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "powerdown/v1/access_service.grpc.pb.h"
#include "proto/convert.h"

namespace powerdown {
namespace {

using Stub = v1::AccessService::Stub;

constexpr int64_t kEntriesPerPage = 500;

std::optional<absl::Time> TimeIf(bool has_time, const google::protobuf::Timestamp& time) {
  return has_time ? std::optional(FromWire(time)) : std::nullopt;
}

TokenDescription ReadToken(const v1::Token& wire) {
  return {.token_id = wire.token_id(),
          .user = wire.user(),
          .label = wire.label(),
          .created_at = FromWire(wire.created_at()),
          .expires_at = TimeIf(wire.has_expires_at(), wire.expires_at()),
          .revoked_at = TimeIf(wire.has_revoked_at(), wire.revoked_at()),
          .last_used_at = TimeIf(wire.has_last_used_at(), wire.last_used_at())};
}

UserDescription ReadUser(const v1::User& wire) {
  UserDescription user{wire.name(), wire.role(), FromWire(wire.created_at()), {}};
  for (const v1::UserBudget& budget : wire.budgets()) {
    UserDescription::Budget& added = user.budgets.emplace_back();
    added.period = budget.period();
    added.text = budget.budget();
    if (budget.has_allowed_joules()) added.allowed = Joules(budget.allowed_joules());
    added.used = Joules(budget.used_joules());
    added.renews_at = FromWire(budget.renews_at());
  }
  return user;
}

}  // namespace

absl::StatusOr<Profile> PairWith(const std::string& pairing, const std::string& label,
                                 absl::Duration timeout) {
  ASSIGN_OR_RETURN(const Pairing parsed, ParsePairing(pairing));
  ASSIGN_OR_RETURN(const ShownCertificate shown, FetchCertificate(parsed.address, timeout));
  if (shown.fingerprint != parsed.fingerprint) {
    return absl::PermissionDeniedError(
        Concat("WARNING: the server at ", parsed.address, " shows the certificate ",
               shown.fingerprint, ", not ", parsed.fingerprint,
               " as in the pairing: someone may be intercepting the connection. Nothing was sent"));
  }
  Profile profile;
  profile.endpoint = {parsed.address, shown.fingerprint, shown.pem, ""};
  ASSIGN_OR_RETURN(const auto connection, Connection::Open(profile.endpoint, timeout));
  v1::PairRequest request;
  request.set_request_id(NewRequestId());
  request.set_code(parsed.code);
  request.set_label(label);
  v1::NewToken made;
  Connection::Stubs& stubs = connection->stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.access_, &Stub::Pair, request, &made));
  profile.endpoint.token = made.secret();
  profile.user = made.token().user();
  profile.role = made.role();
  return profile;
}

absl::StatusOr<StartedPairing> StartPairing(Connection& connection, const std::string& user,
                                            const std::string& role) {
  v1::StartPairingRequest request;
  request.set_request_id(NewRequestId());
  request.set_user(user);
  request.set_role(role);
  v1::Pairing wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.access_, &Stub::StartPairing, request, &wire));
  return StartedPairing{wire.pairing(), wire.user(), FromWire(wire.expires_at())};
}

absl::StatusOr<UserDescription> PutUser(Connection& connection, const std::string& name,
                                        const std::string& role) {
  v1::PutUserRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(name);
  request.set_role(role);
  v1::User wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.access_, &Stub::PutUser, request, &wire));
  return ReadUser(wire);
}

absl::StatusOr<std::vector<UserDescription>> ListUsers(Connection& connection) {
  v1::ListUsersResponse response;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.Call(*stubs.access_, &Stub::ListUsers, v1::ListUsersRequest(), &response));
  std::vector<UserDescription> users;
  for (const v1::User& wire : response.users()) users.push_back(ReadUser(wire));
  return users;
}

absl::StatusOr<UserDescription> GetUser(Connection& connection, const std::string& name) {
  v1::GetUserRequest request;
  request.set_name(name);
  v1::User wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.Call(*stubs.access_, &Stub::GetUser, request, &wire));
  return ReadUser(wire);
}

absl::StatusOr<UserDescription> SetUserBudget(Connection& connection, const std::string& name,
                                              const std::string& period,
                                              const std::string& budget) {
  v1::SetUserBudgetRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(name);
  request.set_period(period);
  request.set_budget(budget);
  v1::User wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.access_, &Stub::SetUserBudget, request, &wire));
  return ReadUser(wire);
}

absl::Status DeleteUser(Connection& connection, const std::string& name) {
  v1::DeleteUserRequest request;
  request.set_request_id(NewRequestId());
  request.set_name(name);
  v1::DeleteUserResponse response;
  Connection::Stubs& stubs = connection.stubs();
  return stubs.CallAgain(*stubs.access_, &Stub::DeleteUser, request, &response);
}

absl::StatusOr<MadeToken> CreateToken(Connection& connection, const std::string& user,
                                      const std::string& label,
                                      std::optional<absl::Duration> lifetime) {
  v1::CreateTokenRequest request;
  request.set_request_id(NewRequestId());
  request.set_user(user);
  request.set_label(label);
  if (lifetime) request.set_lifetime_seconds(absl::ToInt64Seconds(*lifetime));
  v1::NewToken wire;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(stubs.CallAgain(*stubs.access_, &Stub::CreateToken, request, &wire));
  return MadeToken{wire.secret(), ReadToken(wire.token())};
}

absl::StatusOr<std::vector<TokenDescription>> ListTokens(Connection& connection) {
  v1::ListTokensResponse response;
  Connection::Stubs& stubs = connection.stubs();
  RETURN_IF_ERROR(
      stubs.Call(*stubs.access_, &Stub::ListTokens, v1::ListTokensRequest(), &response));
  std::vector<TokenDescription> tokens;
  for (const v1::Token& wire : response.tokens()) tokens.push_back(ReadToken(wire));
  return tokens;
}

absl::Status RevokeToken(Connection& connection, const std::string& token_id) {
  v1::RevokeTokenRequest request;
  request.set_request_id(NewRequestId());
  request.set_token_id(token_id);
  v1::RevokeTokenResponse response;
  Connection::Stubs& stubs = connection.stubs();
  return stubs.CallAgain(*stubs.access_, &Stub::RevokeToken, request, &response);
}

absl::StatusOr<std::vector<AuditEntry>> ListAudit(Connection& connection, int64_t count) {
  Connection::Stubs& stubs = connection.stubs();
  std::vector<AuditEntry> entries;
  while (static_cast<int64_t>(entries.size()) < count) {
    v1::ListAuditRequest request;
    request.set_page_size(static_cast<int32_t>(
        std::min(kEntriesPerPage, count - static_cast<int64_t>(entries.size()))));
    if (!entries.empty()) request.set_before_entry(entries.back().entry);
    v1::ListAuditResponse response;
    RETURN_IF_ERROR(stubs.Call(*stubs.access_, &Stub::ListAudit, request, &response));
    if (response.entries().empty()) break;
    for (const v1::AuditEntry& wire : response.entries()) {
      entries.push_back({wire.entry(), FromWire(wire.time()), wire.user(), wire.token_id(),
                         wire.peer(), wire.method(), wire.object(), wire.outcome()});
    }
  }
  return entries;
}

}  // namespace powerdown
