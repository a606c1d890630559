#include "server/rpc/rpc_server.h"

#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/health_check_service_interface.h"
#include "server/rpc/access_service.h"
#include "server/rpc/admin_service.h"
#include "server/rpc/comparison_service.h"
#include "server/rpc/forecast_service.h"
#include "server/rpc/listeners.h"
#include "server/rpc/power_service.h"
#include "server/rpc/quiz_service.h"
#include "server/rpc/run_service.h"

namespace powerdown {
namespace {

// A bundle of runs that is imported is one message.
constexpr int kMostMessageBytes = 64 * 1024 * 1024;

void SetArguments(grpc::ServerBuilder& builder) {
  // Who begins a handshake ends it within this time.
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 128);
  // Finds a client that is gone without a word, such as a suspended laptop, within 40 s. Client and
  // server must agree, or the client is cut off for pinging too much (grpc/grpc#33661).
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 30000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 15000);
}

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const Certificate& certificate) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back({certificate.private_key_pem, certificate.certificate_pem});
  return grpc::SslServerCredentials(tls);
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

std::optional<LocalPeer> RpcServer::FindPeer(const std::string& peer) const {
  // A channel within this process has no address, and only this process can have one.
  if (has_in_process_channel_ && peer.find(':') == std::string::npos) return LocalPeer{"", true};
  return socket_ == nullptr ? std::nullopt : socket_->Find(peer);
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
  grpc::ServerBuilder builder;
  SetArguments(builder);
  builder.SetMaxReceiveMessageSize(kMostMessageBytes);
  services_->Register(builder);

  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  ListenAddress address;
  if (!listen_.listen_address.empty()) {
    ASSIGN_OR_RETURN(address, ParseListenAddress(listen_.listen_address));
    ASSIGN_OR_RETURN(tcp_, TcpListener::Open(address));
    acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        CredentialsOf(listen_.certificate));
  }
  if (!listen_.socket_path.empty()) {
    ASSIGN_OR_RETURN(socket_, UnixListener::Open(listen_.socket_path, listen_.socket_mode));
  }
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    socket_.reset();
    return absl::InternalError("gRPC did not start; the reason is on stderr");
  }
  if (socket_ != nullptr) {
    addresses_ = absl::StrCat("unix:", listen_.socket_path);
    socket_->Start(server_.get());
  }
  if (tcp_ != nullptr) {
    tcp_->Start(std::move(acceptor), [this](const std::string& peer, const std::string& why) {
      gate_->NoteRefusedConnection(peer, why);
    });
    absl::StrAppend(&addresses_, addresses_.empty() ? "" : " ", address.host, ":", tcp_->port());
    services_->access().set_endpoint(Advertised(address, tcp_->port()),
                                     listen_.certificate.fingerprint);
  }
  services_->admin().set_addresses(addresses_);
  return absl::OkStatus();
}

std::string RpcServer::Advertised(const ListenAddress& address, int port) const {
  if (!listen_.advertise.empty()) return listen_.advertise;
  char name[256] = "";
  if (IsWildcard(address)) gethostname(name, sizeof(name) - 1);
  return absl::StrCat(IsWildcard(address) ? name : address.host, ":", port);
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
  if (socket_ != nullptr) socket_->Stop();
  if (tcp_ != nullptr) tcp_->Stop();
  pools_.watchers.Drain();
  pools_.watchers.AwaitEmpty(grace);
  server_->Shutdown(absl::ToChronoTime(parts_.clock->Now().wall + grace));
  server_->Wait();
  server_.reset();
}

std::shared_ptr<grpc::Channel> RpcServer::InProcessChannel() {
  has_in_process_channel_ = true;
  return server_->InProcessChannel(grpc::ChannelArguments());
}

}  // namespace powerdown
