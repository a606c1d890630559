// Many connected clients, each with an open watch, that ask for a short answer in turn: of the
// daemon, and of a bare gRPC server in another process that does nothing but answer.
// usage: client_load serve CERTIFICATE KEY
//        client_load load CERTIFICATE TOKEN DAEMON BARE CLIENTS SECONDS
// The second prints {"daemon": [milliseconds…], "bare": […]}; the two take turns.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"

namespace powerdown {
namespace {

std::string BytesOf(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class BareAdmin : public v1::AdminService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const v1::GetServerInfoRequest*,
                                          v1::ServerInfo* response) override {
    response->set_version("bare");
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

// Silent until its client goes.
class OpenStream : public grpc::ServerWriteReactor<v1::WatchRunsResponse> {
 public:
  OpenStream() { StartSendInitialMetadata(); }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

class BareRuns : public v1::RunService::CallbackService {
 public:
  grpc::ServerWriteReactor<v1::WatchRunsResponse>* WatchRuns(grpc::CallbackServerContext*,
                                                             const v1::WatchRunsRequest*) override {
    return new OpenStream;
  }
};

int Serve(char** arguments) {
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  tls.pem_key_cert_pairs.push_back({BytesOf(arguments[3]), BytesOf(arguments[2])});
  BareAdmin admin;
  BareRuns runs;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.RegisterService(&admin).RegisterService(&runs);
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(tls), &port);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("127.0.0.1:%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}

class Watch : public grpc::ClientReadReactor<v1::WatchRunsResponse> {
 public:
  explicit Watch(v1::RunService::Stub& stub, const std::string& token) {
    context_.AddMetadata("authorization", "Bearer " + token);
    stub.async()->WatchRuns(&context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void OnReadInitialMetadataDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    is_open_ = ok;
  }
  void OnReadDone(bool ok) override {
    if (ok) StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    absl::MutexLock lock(&mutex_);
    if (status.error_code() != grpc::StatusCode::CANCELLED) {
      std::fprintf(stderr, "client_load: a watch ended: %s\n", status.error_message().c_str());
    }
    is_done_ = true;
  }
  bool AwaitOpen() {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&is_open_), absl::Seconds(30));
  }
  // Whether it was open until now.
  bool End() {
    const bool was_open = !IsDone();
    context_.TryCancel();
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&is_done_));
    return was_open;
  }

 private:
  bool IsDone() {
    absl::MutexLock lock(&mutex_);
    return is_done_;
  }

  grpc::ClientContext context_;
  const v1::WatchRunsRequest request_;
  v1::WatchRunsResponse message_;
  absl::Mutex mutex_;
  bool is_open_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_done_ ABSL_GUARDED_BY(mutex_) = false;
};

class Client {
 public:
  Client(const std::string& address, const std::string& certificate, const std::string& token)
      : token_(token) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    arguments.SetSslTargetNameOverride("powerdown");
    channel_ = grpc::CreateCustomChannel(
        address, grpc::SslCredentials({.pem_root_certs = certificate}), arguments);
    admin_ = v1::AdminService::NewStub(channel_);
    runs_ = v1::RunService::NewStub(channel_);
    watch_ = std::make_unique<Watch>(*runs_, token);
  }
  bool AwaitOpen() { return watch_->AwaitOpen(); }
  bool End() { return watch_->End(); }
  // Milliseconds; negative: it failed.
  double Ping() {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token_);
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    v1::ServerInfo info;
    const absl::Time begin = absl::Now();
    const grpc::Status status = admin_->GetServerInfo(&context, v1::GetServerInfoRequest(), &info);
    if (status.ok()) return absl::ToDoubleMilliseconds(absl::Now() - begin);
    std::fprintf(stderr, "client_load: %s\n", status.error_message().c_str());
    return -1;
  }

 private:
  const std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::AdminService::Stub> admin_;
  std::unique_ptr<v1::RunService::Stub> runs_;
  std::unique_ptr<Watch> watch_;
};

struct Side {
  std::vector<std::unique_ptr<Client>> clients;
  size_t next = 0;
  std::string times;
};

bool Open(Side& side, const char* address, const char* certificate, const std::string& token,
          int clients) {
  for (int i = 0; i < clients; ++i) {
    side.clients.push_back(std::make_unique<Client>(address, BytesOf(certificate), token));
  }
  for (const auto& client : side.clients) {
    if (!client->AwaitOpen()) return false;
  }
  return true;
}

// Every client asks once a second, one after the other.
bool PingForASecond(Side& side) {
  const absl::Duration gap = absl::Seconds(1) / static_cast<double>(side.clients.size());
  const absl::Time end = absl::Now() + absl::Seconds(1);
  for (absl::Time next = absl::Now(); next < end; next += gap) {
    absl::SleepFor(next - absl::Now());
    const double time = side.clients[side.next++ % side.clients.size()]->Ping();
    if (time < 0) return false;
    absl::StrAppend(&side.times, side.times.empty() ? "" : ", ", time);
  }
  return true;
}

int Load(char** arguments) {
  std::string token = BytesOf(arguments[3]);
  while (!token.empty() && token.back() == '\n') token.pop_back();
  const int clients = std::atoi(arguments[6]);
  Side daemon, bare;
  if (!Open(daemon, arguments[4], arguments[2], token, clients) ||
      !Open(bare, arguments[5], arguments[2], token, clients)) {
    std::fprintf(stderr, "client_load: not all watches opened\n");
    return 1;
  }
  for (int second = 0; second < std::atoi(arguments[7]); ++second) {
    if (!PingForASecond(daemon) || !PingForASecond(bare)) return 1;
  }
  std::printf("{\"daemon\": [%s], \"bare\": [%s]}\n", daemon.times.c_str(), bare.times.c_str());
  std::fflush(stdout);
  std::getchar();  // the watches stay open until the caller has looked
  bool were_open = true;
  for (Side* side : {&daemon, &bare}) {
    for (const auto& client : side->clients) were_open = client->End() && were_open;
  }
  return were_open ? 0 : 1;
}

int Main(int count, char** arguments) {
  const std::string verb = count > 1 ? arguments[1] : "";
  if (verb == "serve" && count == 4) return Serve(arguments);
  if (verb == "load" && count == 8) return Load(arguments);
  return 2;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  return powerdown::Main(count, arguments);
}
