// So many clients, each with a connection and a watch of one run, that ping now and then; and the
// same clients on a gRPC server that does nothing, in windows that take turns. Prints
// {"daemon":[ms…],"bare":[ms…],"updates":N}. Over TLS, with the folder's admin token, unless the
// address is a unix socket; the server that does nothing is reached in the same way.
// usage: many_clients unix:SOCKET|HOST:PORT STATE_FOLDER RUN CLIENTS SECONDS PINGS_A_SECOND
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/health_service.grpc.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"

namespace powerdown {
namespace {

constexpr int kThreads = 4;
constexpr int kWindows = 4;  // of each server

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool IsLocal(const std::string& address) {
  return address.starts_with("unix:");
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const std::string& folder,
                                       bool has_token) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!IsLocal(address)) {
    arguments.SetSslTargetNameOverride("powerdown");
    credentials = grpc::SslCredentials({.pem_root_certs = Read(folder + "/certificate.pem")});
    if (has_token) {
      std::string token = Read(folder + "/admin.token");
      token.erase(token.find_last_not_of('\n') + 1);
      credentials =
          grpc::CompositeChannelCredentials(credentials, grpc::AccessTokenCredentials(token));
    }
  }
  return grpc::CreateCustomChannel(address, credentials, arguments);
}

// Reads whatever the daemon sends.
class Watch : public grpc::ClientReadReactor<v1::WatchRunResponse> {
 public:
  Watch(v1::RunService::Stub& runs, const std::string& run, std::atomic<int64_t>& updates)
      : updates_(updates) {
    request_.set_run_id(run);
    runs.async()->WatchRun(&context_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  ~Watch() override {
    context_.TryCancel();
    while (!is_done_) absl::SleepFor(absl::Milliseconds(1));
  }
  void OnReadDone(bool ok) override {
    if (!ok) return;
    updates_ += message_.updates_size();
    StartRead(&message_);
  }
  void OnDone(const grpc::Status&) override { is_done_ = true; }

 private:
  grpc::ClientContext context_;
  v1::WatchRunRequest request_;
  v1::WatchRunResponse message_;
  std::atomic<int64_t>& updates_;
  std::atomic<bool> is_done_ = false;
};

struct Client {
  std::unique_ptr<v1::AdminService::Stub> daemon;
  std::unique_ptr<v1::RunService::Stub> runs;
  std::unique_ptr<grpc::health::v1::Health::Stub> bare;
  std::unique_ptr<Watch> watch;
};

void Check(const grpc::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "many_clients: %s\n", status.error_message().c_str());
  std::exit(1);
}

void Ping(Client& client, bool is_bare) {
  grpc::ClientContext context;
  if (is_bare) {
    grpc::health::v1::HealthCheckResponse health;
    Check(client.bare->Check(&context, grpc::health::v1::HealthCheckRequest(), &health));
  } else {
    v1::ServerInfo info;
    Check(client.daemon->GetServerInfo(&context, v1::GetServerInfoRequest(), &info));
  }
}

// Each thread takes its share of the clients, one after the other, evenly over the time.
std::vector<double> Window(std::vector<Client>& clients, bool is_bare, absl::Duration length,
                           double rate) {
  std::vector<std::vector<double>> times(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const absl::Duration gap =
          absl::Seconds(kThreads / rate / static_cast<double>(clients.size()));
      const absl::Time end = absl::Now() + length;
      absl::Time next = absl::Now();
      for (size_t i = t; next < end; i += kThreads, next += gap) {
        absl::SleepFor(next - absl::Now());
        const absl::Time begin = absl::Now();
        Ping(clients[i % clients.size()], is_bare);
        times[t].push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
      }
    });
  }
  std::vector<double> all;
  for (size_t t = 0; t < kThreads; ++t) {
    threads[t].join();
    all.insert(all.end(), times[t].begin(), times[t].end());
  }
  return all;
}

void Print(const char* name, const std::vector<double>& times) {
  std::printf("\"%s\": [", name);
  for (size_t i = 0; i < times.size(); ++i) std::printf("%s%.3f", i > 0 ? ", " : "", times[i]);
  std::printf("]");
}

class BareHealth final : public grpc::health::v1::Health::CallbackService {
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest*,
                                  grpc::health::v1::HealthCheckResponse* response) override {
    response->set_status(grpc::health::v1::HealthCheckResponse::SERVING);
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

std::shared_ptr<grpc::ServerCredentials> BareCredentials(const std::string& folder, bool is_local) {
  if (is_local) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs = {{Read(folder + "/key.pem"), Read(folder + "/certificate.pem")}};
  return grpc::SslServerCredentials(options);
}

// Writes its port once it serves.
int ServeBare(const std::string& address, const std::string& folder, int port_pipe) {
  BareHealth health;
  grpc::EnableDefaultHealthCheckService(false);
  grpc::ServerBuilder builder;
  builder.RegisterService(&health);
  int port = 0;
  builder.AddListeningPort(address, BareCredentials(folder, IsLocal(address)), &port);
  const auto server = builder.BuildAndStart();
  if (server == nullptr || write(port_pipe, &port, sizeof port) != sizeof port) return 1;
  server->Wait();
  return 0;
}

int Main(char** arguments) {
  const std::string address = arguments[1];
  const std::string folder = arguments[2];
  std::string bare_address = IsLocal(address) ? address + ".bare" : "127.0.0.1:0";
  int port_pipe[2];
  if (pipe(port_pipe) != 0) return 1;
  const pid_t bare = fork();  // before gRPC has threads
  if (bare == 0) return ServeBare(bare_address, folder, port_pipe[1]);
  int port = 0;
  if (read(port_pipe[0], &port, sizeof port) != sizeof port) return 1;
  if (!IsLocal(address)) bare_address = "127.0.0.1:" + std::to_string(port);
  std::atomic<int64_t> updates = 0;
  std::vector<Client> clients(static_cast<size_t>(std::atoi(arguments[4])));
  const absl::Duration length = absl::Seconds(std::atof(arguments[5])) / (2 * kWindows);
  const double rate = std::atof(arguments[6]);
  for (Client& client : clients) {
    const auto channel = Connect(address, folder, true);
    client.daemon = v1::AdminService::NewStub(channel);
    client.runs = v1::RunService::NewStub(channel);
    client.bare = grpc::health::v1::Health::NewStub(Connect(bare_address, folder, false));
    client.watch = std::make_unique<Watch>(*client.runs, arguments[3], updates);
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    grpc::health::v1::HealthCheckResponse health;
    Check(client.bare->Check(&context, grpc::health::v1::HealthCheckRequest(), &health));
    Ping(client, false);
  }
  std::vector<double> times[2];
  for (int i = 0; i < 2 * kWindows; ++i) {
    const bool is_bare = i % 2 == 1;
    const std::vector<double> window = Window(clients, is_bare, length, rate);
    times[is_bare].insert(times[is_bare].end(), window.begin(), window.end());
  }
  std::printf("{");
  Print("daemon", times[0]);
  std::printf(", ");
  Print("bare", times[1]);
  std::printf(", \"updates\": %lld}\n", static_cast<long long>(updates.load()));
  std::fflush(stdout);
  clients.clear();
  kill(bare, SIGKILL);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count != 7) return 2;
  return powerdown::Main(arguments);
}
