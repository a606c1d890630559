#include "server/rpc/rpc_server.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/rpc/admin_service.h"
#include "server/rpc/comparison_service.h"
#include "server/rpc/listeners.h"
#include "server/rpc/power_service.h"
#include "server/rpc/quiz_service.h"
#include "server/rpc/run_service.h"

namespace powerdown {
namespace {

// A bundle of runs that is imported is one message.
constexpr int kMostMessageBytes = 64 * 1024 * 1024;

void SetArguments(grpc::ServerBuilder& builder) {
  // Two servers on one port would each get some of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 128);
  // Finds a client that is gone without a word, such as a suspended laptop, within 40 s. Client and
  // server must agree, or the client is cut off for pinging too much (daemon.md c2).
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 15000);
}

}  // namespace

class RpcServer::Services {
 public:
  Services(const RpcParts& parts, CallPools* pools)
      : runs_(parts, pools),
        comparisons_(parts, pools),
        power_(parts, pools),
        quiz_(parts, pools),
        admin_(parts, pools) {}

  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&runs_);
    builder.RegisterService(&comparisons_);
    builder.RegisterService(&power_);
    builder.RegisterService(&quiz_);
    builder.RegisterService(&admin_);
  }
  AdminService& admin() { return admin_; }

 private:
  RunService runs_;
  ComparisonService comparisons_;
  PowerService power_;
  QuizService quiz_;
  AdminService admin_;
};

RpcServer::RpcServer(const RpcParts& parts, const ListenOptions& listen)
    : parts_(parts), listen_(listen), services_(std::make_unique<Services>(parts, &pools_)) {}

RpcServer::~RpcServer() {
  Shutdown(absl::ZeroDuration());
}

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(const RpcParts& parts,
                                                            const ListenOptions& listen) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  std::unique_ptr<RpcServer> server(new RpcServer(parts, listen));
  RETURN_IF_ERROR(server->Bind());
  return server;
}

absl::Status RpcServer::Bind() {
  grpc::ServerBuilder builder;
  SetArguments(builder);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  services_->Register(builder);

  LoopbackAddress loopback;
  int port = 0;
  if (!listen_.listen_address.empty()) {
    ASSIGN_OR_RETURN(loopback, ParseLoopback(listen_.listen_address));
    builder.AddListeningPort(absl::StrCat(loopback.host, ":", loopback.port),
                             grpc::InsecureServerCredentials(), &port);
  }
  int socket = 0;
  if (!listen_.socket_path.empty()) {
    RETURN_IF_ERROR(PrepareSocket(listen_.socket_path));
    builder.AddListeningPort(absl::StrCat("unix:", listen_.socket_path),
                             grpc::InsecureServerCredentials(), &socket);
  }
  server_ = builder.BuildAndStart();
  if (!listen_.listen_address.empty() && port == 0) return ExplainPortFailure(loopback);
  if (server_ == nullptr) return ExplainSocketFailure(listen_.socket_path);

  if (!listen_.socket_path.empty()) addresses_ = absl::StrCat("unix:", listen_.socket_path);
  if (port != 0) {
    absl::StrAppend(&addresses_, addresses_.empty() ? "" : " ", loopback.host, ":", port);
  }
  services_->admin().set_addresses(addresses_);
  return absl::OkStatus();
}

void RpcServer::SetServing(bool is_serving) {
  server_->GetHealthCheckService()->SetServingStatus(is_serving);
}

void RpcServer::Tick(Instant now) {
  pools_.watchers.Tick(now);
}

bool RpcServer::has_calls() const {
  return pools_.started_calls != pools_.ended_calls;
}

int64_t RpcServer::started_calls() const {
  return pools_.started_calls;
}

void RpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  pools_.watchers.Drain();
  pools_.watchers.AwaitEmpty(grace);
  server_->Shutdown(absl::ToChronoTime(parts_.clock->Now().wall + grace));
  server_->Wait();
  server_.reset();
  if (!listen_.socket_path.empty()) unlink(listen_.socket_path.c_str());
}

std::shared_ptr<grpc::Channel> RpcServer::InProcessChannel() {
  return server_->InProcessChannel(grpc::ChannelArguments());
}

}  // namespace powerdown
