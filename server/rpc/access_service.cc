#include "server/rpc/access_service.h"

#include <vector>

#include "common/base/pairing.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "server/door/peer_address.h"
#include "server/rpc/run_listing.h"
#include "server/rpc/unary_call.h"

namespace powerdown {
namespace {

v1::UserBudget WireOfUse(const AllowanceUse& use) {
  v1::UserBudget wire;
  wire.set_period(std::string(NameOf(use.allowance.period)));
  wire.set_budget(BudgetText(use.allowance.budget));
  if (use.allowed) wire.set_allowed_joules(use.allowed->value());
  wire.set_used_joules(use.used.value());
  *wire.mutable_renews_at() = ToWire(use.renews_at);
  return wire;
}

v1::Token WireOfToken(const TokenRow& token) {
  v1::Token wire;
  wire.set_token_id(token.token_id);
  wire.set_user(token.user);
  wire.set_label(token.label);
  *wire.mutable_created_at() = ToWire(token.created_at);
  if (token.expires_at) *wire.mutable_expires_at() = ToWire(*token.expires_at);
  if (token.revoked_at) *wire.mutable_revoked_at() = ToWire(*token.revoked_at);
  if (token.last_used_at) *wire.mutable_last_used_at() = ToWire(*token.last_used_at);
  return wire;
}

absl::StatusOr<std::optional<Budget>> ReadBudget(const std::string& text) {
  if (text == "none") return std::nullopt;
  return ParseBudget(text);
}

absl::StatusOr<v1::NewToken> WireOfNew(const absl::StatusOr<NewToken>& made) {
  RETURN_IF_ERROR(made.status());
  v1::NewToken wire;
  wire.set_secret(made->token);
  *wire.mutable_token() = WireOfToken(made->row);
  wire.set_role(std::string(NameOf(made->role)));
  return wire;
}

v1::AuditEntry WireOfAudit(const AuditRow& row) {
  v1::AuditEntry wire;
  wire.set_entry(row.entry);
  *wire.mutable_time() = ToWire(row.time);
  wire.set_user(row.user);
  wire.set_token_id(row.token_id);
  wire.set_peer(row.peer);
  wire.set_method(row.method);
  wire.set_object(row.object);
  wire.set_outcome(row.outcome);
  return wire;
}

}  // namespace

v1::User AccessService::WireOf(const UserRow& user) const {
  v1::User wire;
  wire.set_name(user.name);
  wire.set_role(user.role);
  *wire.mutable_created_at() = ToWire(user.created_at);
  for (const AllowanceUse& use : parts_.queue->AllowancesOf(user.name)) {
    *wire.add_budgets() = WireOfUse(use);
  }
  return wire;
}

absl::StatusOr<v1::Pairing> AccessService::Start(const v1::StartPairingRequest& request,
                                                 const Caller& caller) const {
  if (address_.empty()) {
    return absl::FailedPreconditionError(
        "the daemon does not listen on TCP; start powerdownd with --listen ADDRESS:PORT");
  }
  ASSIGN_OR_RETURN(const Role role,
                   ParseNamed<Role>(request.role().empty() ? "submitter" : request.role()));
  const std::string own_id = OwnRequestId(caller, request.request_id());
  using Started = absl::StatusOr<Access::Pairing>;
  ASSIGN_OR_RETURN(const Access::Pairing pairing,
                   Once(
                       *parts_.store, pools_.turns, Rpc::kAccessServiceStartPairing, own_id,
                       [&](const NewAnswer& answer) {
                         return parts_.access->StartPairing(request.user(), role,
                                                            parts_.clock->Now().wall, answer);
                       },
                       [&](const std::string& text) -> Started {
                         return parts_.access->RepeatPairing(own_id, text);
                       }));
  v1::Pairing wire;
  wire.set_pairing(PairingText({address_, fingerprint_, pairing.code}));
  wire.set_user(pairing.user);
  *wire.mutable_expires_at() = ToWire(pairing.expires_at);
  return wire;
}

grpc::ServerUnaryReactor* AccessService::StartPairing(grpc::CallbackServerContext* context,
                                                      const v1::StartPairingRequest* request,
                                                      v1::Pairing* response) {
  return AnswerOn(Rpc::kAccessServiceStartPairing, pools_.calls, pools_, context, request, response,
                  [this](const v1::StartPairingRequest& wire, const Caller& caller) {
                    return Start(wire, caller);
                  });
}

grpc::ServerUnaryReactor* AccessService::Pair(grpc::CallbackServerContext* context,
                                              const v1::PairRequest* request,
                                              v1::NewToken* response) {
  return AnswerOn(
      Rpc::kAccessServicePair, pools_.calls, pools_, context, request, response,
      [this](const v1::PairRequest& wire, const CallOrigin& origin) {
        // Nobody is known yet: the code tells requests of strangers apart.
        const std::string own_id =
            wire.request_id().empty() ? "" : Concat(Sha256Hex(wire.code()), "/", wire.request_id());
        return WireOfNew(Once(
            *parts_.store, pools_.turns, Rpc::kAccessServicePair, own_id,
            [&](const NewAnswer& answer) {
              return parts_.access->Pair(wire.code(), wire.label(), AddressOf(origin.peer),
                                         parts_.clock->Now(), answer);
            },
            [&](const std::string& text) { return parts_.access->RepeatToken(own_id, text); }));
      });
}

absl::StatusOr<v1::User> AccessService::Named(const std::string& name) const {
  ASSIGN_OR_RETURN(const UserRow user, parts_.access->GetUser(name));
  return WireOf(user);
}

grpc::ServerUnaryReactor* AccessService::PutUser(grpc::CallbackServerContext* context,
                                                 const v1::PutUserRequest* request,
                                                 v1::User* response) {
  return AnswerOn(
      Rpc::kAccessServicePutUser, pools_.calls, pools_, context, request, response,
      [this](const v1::PutUserRequest& wire, const Caller& caller) {
        return Once(
            *parts_.store, pools_.turns, Rpc::kAccessServicePutUser,
            OwnRequestId(caller, wire.request_id()),
            [&](NewAnswer answer) -> absl::StatusOr<v1::User> {
              ASSIGN_OR_RETURN(const Role role, ParseNamed<Role>(wire.role()));
              answer.answer = wire.name();
              ASSIGN_OR_RETURN(
                  const UserRow user,
                  parts_.access->PutUser(wire.name(), role, parts_.clock->Now().wall, answer));
              return WireOf(user);
            },
            [&](const std::string& name) { return Named(name); });
      });
}

grpc::ServerUnaryReactor* AccessService::ListUsers(grpc::CallbackServerContext* context,
                                                   const v1::ListUsersRequest* request,
                                                   v1::ListUsersResponse* response) {
  return AnswerOn(Rpc::kAccessServiceListUsers, pools_.calls, pools_, context, request, response,
                  [this](const v1::ListUsersRequest&) -> absl::StatusOr<v1::ListUsersResponse> {
                    v1::ListUsersResponse answer;
                    for (const UserRow& user : parts_.access->ListUsers()) {
                      *answer.add_users() = WireOf(user);
                    }
                    return answer;
                  });
}

grpc::ServerUnaryReactor* AccessService::GetUser(grpc::CallbackServerContext* context,
                                                 const v1::GetUserRequest* request,
                                                 v1::User* response) {
  return AnswerOn(
      Rpc::kAccessServiceGetUser, pools_.calls, pools_, context, request, response,
      [this](const v1::GetUserRequest& wire, const Caller& caller) -> absl::StatusOr<v1::User> {
        ASSIGN_OR_RETURN(const UserRow user, parts_.access->GetUserFor(caller, wire.name()));
        return WireOf(user);
      });
}

grpc::ServerUnaryReactor* AccessService::SetUserBudget(grpc::CallbackServerContext* context,
                                                       const v1::SetUserBudgetRequest* request,
                                                       v1::User* response) {
  return AnswerOn(
      Rpc::kAccessServiceSetUserBudget, pools_.calls, pools_, context, request, response,
      [this](const v1::SetUserBudgetRequest& wire, const Caller& caller) {
        return Once(
            *parts_.store, pools_.turns, Rpc::kAccessServiceSetUserBudget,
            OwnRequestId(caller, wire.request_id()),
            [&](NewAnswer answer) -> absl::StatusOr<v1::User> {
              ASSIGN_OR_RETURN(const UserRow user, parts_.access->GetUser(wire.name()));
              ASSIGN_OR_RETURN(const Period period, ParseNamed<Period>(wire.period()));
              ASSIGN_OR_RETURN(const std::optional<Budget> budget, ReadBudget(wire.budget()));
              answer.answer = user.name;
              RETURN_IF_ERROR(parts_.queue->SetAllowance(user.name, period, budget, answer));
              return WireOf(user);
            },
            [&](const std::string& name) { return Named(name); });
      });
}

// Again in a repeat: a crash may have come between the two.
absl::StatusOr<v1::DeleteUserResponse> AccessService::ForgetBudgets(const std::string& name) const {
  for (const Period period : kPeriods) {
    RETURN_IF_ERROR(parts_.queue->SetAllowance(name, period, std::nullopt));
  }
  parts_.feed->Notify();  // open watches look whether they still may
  return v1::DeleteUserResponse();
}

grpc::ServerUnaryReactor* AccessService::DeleteUser(grpc::CallbackServerContext* context,
                                                    const v1::DeleteUserRequest* request,
                                                    v1::DeleteUserResponse* response) {
  using Deleted = absl::StatusOr<v1::DeleteUserResponse>;
  return AnswerOn(Rpc::kAccessServiceDeleteUser, pools_.calls, pools_, context, request, response,
                  [this](const v1::DeleteUserRequest& wire, const Caller& caller) {
                    return Once(
                        *parts_.store, pools_.turns, Rpc::kAccessServiceDeleteUser,
                        OwnRequestId(caller, wire.request_id()),
                        [&](NewAnswer answer) -> Deleted {
                          answer.answer = wire.name();
                          RETURN_IF_ERROR(parts_.access->DeleteUser(wire.name(), answer));
                          return ForgetBudgets(wire.name());
                        },
                        [&](const std::string& name) -> Deleted {
                          // A user of the same name may have come since, with budgets of their own.
                          if (parts_.access->GetUser(name).ok()) return v1::DeleteUserResponse();
                          return ForgetBudgets(name);
                        });
                  });
}

grpc::ServerUnaryReactor* AccessService::CreateToken(grpc::CallbackServerContext* context,
                                                     const v1::CreateTokenRequest* request,
                                                     v1::NewToken* response) {
  return AnswerOn(
      Rpc::kAccessServiceCreateToken, pools_.calls, pools_, context, request, response,
      [this](const v1::CreateTokenRequest& wire, const Caller& caller) {
        std::optional<absl::Duration> lifetime;
        if (wire.lifetime_seconds() != 0) lifetime = absl::Seconds(wire.lifetime_seconds());
        const std::string own_id = OwnRequestId(caller, wire.request_id());
        return WireOfNew(Once(
            *parts_.store, pools_.turns, Rpc::kAccessServiceCreateToken, own_id,
            [&](const NewAnswer& answer) {
              return parts_.access->CreateToken(caller, wire.user(), wire.label(), lifetime,
                                                parts_.clock->Now().wall, answer);
            },
            [&](const std::string& text) { return parts_.access->RepeatToken(own_id, text); }));
      });
}

grpc::ServerUnaryReactor* AccessService::ListTokens(grpc::CallbackServerContext* context,
                                                    const v1::ListTokensRequest* request,
                                                    v1::ListTokensResponse* response) {
  return AnswerOn(Rpc::kAccessServiceListTokens, pools_.calls, pools_, context, request, response,
                  [this](const v1::ListTokensRequest&, const Caller& caller) {
                    v1::ListTokensResponse answer;
                    for (const TokenRow& token : parts_.access->ListTokens(caller)) {
                      *answer.add_tokens() = WireOfToken(token);
                    }
                    return absl::StatusOr<v1::ListTokensResponse>(answer);
                  });
}

grpc::ServerUnaryReactor* AccessService::RevokeToken(grpc::CallbackServerContext* context,
                                                     const v1::RevokeTokenRequest* request,
                                                     v1::RevokeTokenResponse* response) {
  using Revoked = absl::StatusOr<v1::RevokeTokenResponse>;
  return AnswerOn(Rpc::kAccessServiceRevokeToken, pools_.calls, pools_, context, request, response,
                  [this](const v1::RevokeTokenRequest& wire, const Caller& caller) {
                    return Once(
                        *parts_.store, pools_.turns, Rpc::kAccessServiceRevokeToken,
                        OwnRequestId(caller, wire.request_id()),
                        [&](NewAnswer answer) -> Revoked {
                          answer.answer = wire.token_id();
                          RETURN_IF_ERROR(parts_.access->RevokeToken(
                              caller, wire.token_id(), parts_.clock->Now().wall, answer));
                          parts_.feed->Notify();  // open watches look whether they still may
                          return v1::RevokeTokenResponse();
                        },
                        [](const std::string&) -> Revoked { return v1::RevokeTokenResponse(); });
                  });
}

grpc::ServerUnaryReactor* AccessService::ListAudit(grpc::CallbackServerContext* context,
                                                   const v1::ListAuditRequest* request,
                                                   v1::ListAuditResponse* response) {
  return AnswerOn(
      Rpc::kAccessServiceListAudit, pools_.calls, pools_, context, request, response,
      [this](const v1::ListAuditRequest& wire) -> absl::StatusOr<v1::ListAuditResponse> {
        ASSIGN_OR_RETURN(const int64_t limit, PageSize(wire.page_size()));
        ASSIGN_OR_RETURN(const std::vector<AuditRow> rows,
                         parts_.store->audit().List(wire.before_entry(), limit));
        v1::ListAuditResponse answer;
        for (const AuditRow& row : rows) *answer.add_entries() = WireOfAudit(row);
        return answer;
      });
}

}  // namespace powerdown
