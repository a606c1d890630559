// AccessService on the wire: converts, calls Access, converts. Thread-safe.
#pragma once

#include <string>

#include "powerdown/v1/access_service.grpc.pb.h"
#include "server/rpc/rpc_parts.h"

namespace powerdown {

class AccessService final : public v1::AccessService::CallbackService {
 public:
  AccessService(const RpcParts& parts, CallPools* pools) : parts_(parts), pools_(*pools) {}
  // Where laptops find this daemon, and what they pin. Before serving; empty: no TCP.
  void set_endpoint(std::string address, std::string fingerprint) {
    address_ = std::move(address);
    fingerprint_ = std::move(fingerprint);
  }

  grpc::ServerUnaryReactor* StartPairing(grpc::CallbackServerContext* context,
                                         const v1::StartPairingRequest* request,
                                         v1::Pairing* response) override;
  grpc::ServerUnaryReactor* Pair(grpc::CallbackServerContext* context,
                                 const v1::PairRequest* request, v1::NewToken* response) override;
  grpc::ServerUnaryReactor* PutUser(grpc::CallbackServerContext* context,
                                    const v1::PutUserRequest* request, v1::User* response) override;
  grpc::ServerUnaryReactor* ListUsers(grpc::CallbackServerContext* context,
                                      const v1::ListUsersRequest* request,
                                      v1::ListUsersResponse* response) override;
  grpc::ServerUnaryReactor* GetUser(grpc::CallbackServerContext* context,
                                    const v1::GetUserRequest* request, v1::User* response) override;
  grpc::ServerUnaryReactor* SetUserBudget(grpc::CallbackServerContext* context,
                                          const v1::SetUserBudgetRequest* request,
                                          v1::User* response) override;
  grpc::ServerUnaryReactor* DeleteUser(grpc::CallbackServerContext* context,
                                       const v1::DeleteUserRequest* request,
                                       v1::DeleteUserResponse* response) override;
  grpc::ServerUnaryReactor* CreateToken(grpc::CallbackServerContext* context,
                                        const v1::CreateTokenRequest* request,
                                        v1::NewToken* response) override;
  grpc::ServerUnaryReactor* ListTokens(grpc::CallbackServerContext* context,
                                       const v1::ListTokensRequest* request,
                                       v1::ListTokensResponse* response) override;
  grpc::ServerUnaryReactor* RevokeToken(grpc::CallbackServerContext* context,
                                        const v1::RevokeTokenRequest* request,
                                        v1::RevokeTokenResponse* response) override;
  grpc::ServerUnaryReactor* ListAudit(grpc::CallbackServerContext* context,
                                      const v1::ListAuditRequest* request,
                                      v1::ListAuditResponse* response) override;

 private:
  absl::StatusOr<v1::Pairing> Start(const v1::StartPairingRequest& request,
                                    const Caller& caller) const;
  absl::StatusOr<v1::User> Named(const std::string& name) const;
  absl::StatusOr<v1::DeleteUserResponse> ForgetBudgets(const std::string& name) const;
  v1::User WireOf(const UserRow& user) const;

  const RpcParts parts_;
  CallPools& pools_;
  std::string address_;
  std::string fingerprint_;
};

}  // namespace powerdown
