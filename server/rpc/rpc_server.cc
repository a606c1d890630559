#include "server/rpc/rpc_server.h"

#include <pwd.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/resource_quota.h"
#include "proto/connection_limits.h"
#include "server/door/descriptor_plan.h"
#include "server/door/limits.h"
#include "server/rpc/access_service.h"
#include "server/rpc/admin_service.h"
#include "server/rpc/comparison_service.h"
#include "server/rpc/forecast_service.h"
#include "server/rpc/listeners.h"
#include "server/rpc/power_service.h"
#include "server/rpc/quiz_service.h"
#include "server/rpc/run_service.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

constexpr int kMostThreadsOfGrpc = 24;

void SetArguments(grpc::ServerBuilder& builder) {
  // gRPC would inflate a request before the caller is known: 3 MB become 3 GB. So it does not, and
  // a compressed request cannot be read.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // Who begins a handshake ends it within this time.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kStreamsAtOnce);
  // Otherwise gRPC lets a fast client send larger frames, and more of each call before it is read.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // Reflection is answered by gRPC, with a thread for each open stream.
  grpc::ResourceQuota quota("powerdown");
  quota.SetMaxThreads(kMostThreadsOfGrpc);
  builder.SetResourceQuota(quota);
  SetKeepalive([&](const char* name, int value) { builder.AddChannelArgument(name, value); });
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 15000);
}

std::string AccountName(uid_t account) {
  const passwd* user = getpwuid(account);
  return user != nullptr ? user->pw_name : absl::StrCat("uid-", account);
}

}  // namespace

class RpcServer::Services {
 public:
  Services(const RpcParts& parts, CallPools* pools)
      : runs_(parts, pools),
        comparisons_(parts, pools),
        forecasts_(parts, pools),
        power_(parts, pools),
        quiz_(parts, pools),
        admin_(parts, pools),
        access_(parts, pools) {}

  void Register(grpc::ServerBuilder& builder) {
    builder.RegisterService(&runs_);
    builder.RegisterService(&comparisons_);
    builder.RegisterService(&forecasts_);
    builder.RegisterService(&power_);
    builder.RegisterService(&quiz_);
    builder.RegisterService(&admin_);
    builder.RegisterService(&access_);
  }
  AdminService& admin() { return admin_; }
  AccessService& access() { return access_; }

 private:
  RunService runs_;
  ComparisonService comparisons_;
  ForecastService forecasts_;
  PowerService power_;
  QuizService quiz_;
  AdminService admin_;
  AccessService access_;
};

RpcServer::RpcServer(const RpcParts& parts, const ListenOptions& listen)
    : parts_(parts),
      listen_(listen),
      gate_(std::make_unique<Gate>(parts.access, parts.store, parts.clock,
                                   [this](const std::string& peer) { return FindPeer(peer); })),
      services_(std::make_unique<Services>(parts, &pools_)) {
  pools_.gate = gate_.get();
}

std::optional<LocalPeer> RpcServer::FindPeer(const std::string& connection) const {
  // A channel within this process has no address, and only this process can have one.
  if (has_in_process_channel_ && connection.find(':') == std::string::npos) {
    return LocalPeer{"", true};
  }
  // Only the unix listener gives gRPC such connections; see there.
  if (connection.starts_with("fd:")) return LocalPeer{"", true};
  const std::string origin = Door::OriginOf(connection).value_or("");
  absl::string_view number = origin;
  uid_t account = 0;
  if (!absl::ConsumePrefix(&number, "uid-") || !absl::SimpleAtoi(number, &account)) {
    return std::nullopt;
  }
  return LocalPeer{AccountName(account), false};
}

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
  const DescriptorPlan plan = PlanDescriptors(RaiseDescriptorLimit());
  grpc::ServerBuilder builder;
  SetArguments(builder);
  builder.SetMaxReceiveMessageSize(kImportRequest);  // of any RPC; the gate has each one's
  services_->Register(builder);
  // TLS ends at the door.
  std::shared_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor =
      builder.experimental().AddExternalConnectionAcceptor(
          grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
          grpc::InsecureServerCredentials());

  Door::Options door;
  TcpListener tcp;
  if (!listen_.listen_address.empty()) {
    ASSIGN_OR_RETURN(tcp, OpenTcpListener(listen_.listen_address));
    ASSIGN_OR_RETURN(door.tls, TlsContext::Make(listen_.certificate.certificate_pem,
                                                listen_.certificate.private_key_pem));
    door.listener = std::move(tcp.descriptor);
  }
  if (!listen_.socket_path.empty()) {
    ASSIGN_OR_RETURN(socket_, UnixListener::Open(listen_.socket_path, listen_.socket_mode, plan));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    socket_.reset();
    return absl::InternalError("gRPC did not start; the reason is on stderr");
  }
  door.most_connections = plan.most_connections;
  door.most_waiting = plan.most_waiting;
  door.serve = [acceptor](int number) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = number;
    acceptor->HandleNewConnection(&connection);
  };
  door.on_refused = [this](const std::string& peer, const std::string& why) {
    gate_->NoteRefusedConnection(peer, why);
  };
  door_ = std::make_unique<Door>(std::move(door));
  gate_->set_door(door_.get());
  if (socket_ != nullptr) {
    addresses_ = absl::StrCat("unix:", listen_.socket_path);
    socket_->Start(server_.get(), door_.get());
  }
  if (!listen_.listen_address.empty()) NameTcp(tcp);
  services_->admin().set_addresses(addresses_);
  return absl::OkStatus();
}

void RpcServer::NameTcp(const TcpListener& tcp) {
  absl::StrAppend(&addresses_, addresses_.empty() ? "" : " ", tcp.address.host, ":",
                  tcp.address.port);
  services_->access().set_endpoint(Advertised(tcp.address), listen_.certificate.fingerprint);
}

std::string RpcServer::Advertised(const ListenAddress& address) const {
  if (!listen_.advertise.empty()) return listen_.advertise;
  char name[256] = "";
  if (IsWildcard(address)) gethostname(name, sizeof(name) - 1);
  return absl::StrCat(IsWildcard(address) ? name : address.host, ":", address.port);
}

void RpcServer::SetServing(bool is_serving) {
  server_->GetHealthCheckService()->SetServingStatus(is_serving);
}

void RpcServer::Tick(Instant now) {
  gate_->Tick(now);
  pools_.watchers.Tick(now);
  pools_.open_calls.Tick(now);
}

absl::Status RpcServer::RebindSocket() {
  if (socket_ == nullptr) return absl::FailedPreconditionError("there is no unix socket");
  RETURN_IF_ERROR(socket_->Rebind());
  spdlog::warn("{} was removed while the daemon runs; the daemon listens there again",
               listen_.socket_path);
  return absl::OkStatus();
}

bool RpcServer::has_calls() const {
  return pools_.started_calls != pools_.ended_calls;
}

int64_t RpcServer::started_calls() const {
  return pools_.started_calls;
}

void RpcServer::Shutdown(absl::Duration grace) {
  if (server_ == nullptr) return;
  if (socket_ != nullptr) socket_->Stop();
  door_->StopAccepting();
  pools_.watchers.Drain();
  pools_.watchers.AwaitEmpty(grace);
  server_->Shutdown(absl::ToChronoTime(parts_.clock->Now().wall + grace));
  server_->Wait();
  server_.reset();
  gate_->set_door(nullptr);
  door_.reset();
}

std::shared_ptr<grpc::Channel> RpcServer::InProcessChannel() {
  has_in_process_channel_ = true;
  return server_->InProcessChannel(grpc::ChannelArguments());
}

}  // namespace powerdown
