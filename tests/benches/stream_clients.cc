// Clients that read the same run's updates, of the daemon, and of a gRPC server that sends the same
// messages and does nothing else, in turns. Prints
// {"daemon":[s…],"bare":[s…],"updates":N,"bytes":N}: the seconds of each turn, in which every
// client reads so much. usage: stream_clients unix:SOCKET RUN CLIENTS MESSAGES
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "powerdown/v1/run_service.grpc.pb.h"

namespace powerdown {
namespace {

constexpr int kTurns = 5;  // of each server

using Messages = std::vector<v1::WatchRunResponse>;

void Expect(bool is_true, const char* what) {
  if (is_true) return;
  std::fprintf(stderr, "stream_clients: %s\n", what);
  std::exit(1);
}

std::unique_ptr<v1::RunService::Stub> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  return v1::RunService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
}

// Reads so many messages of a run from its beginning on.
Messages ReadStream(v1::RunService::Stub& stub, const std::string& run, size_t count, bool keep) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  v1::WatchRunRequest request;
  request.set_run_id(run);
  const auto stream = stub.WatchRun(&context, request);
  Messages kept;
  v1::WatchRunResponse message;
  for (size_t i = 0; i < count; ++i) {
    Expect(stream->Read(&message), "the stream ended early; give a longer run");
    if (keep) kept.push_back(message);
  }
  context.TryCancel();
  return kept;
}

// Sends what it was given, one message after another.
class Sender final : public grpc::ServerWriteReactor<v1::WatchRunResponse> {
 public:
  explicit Sender(const Messages& messages) : messages_(messages) { Next(); }

 private:
  void Next() {
    if (next_ == messages_.size()) return Finish(grpc::Status::OK);
    StartWrite(&messages_[next_++]);
  }
  void OnWriteDone(bool ok) override { ok ? Next() : Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

  const Messages& messages_;
  size_t next_ = 0;
};

class BareRuns final : public v1::RunService::CallbackService {
 public:
  explicit BareRuns(const Messages& messages) : messages_(messages) {}

 private:
  grpc::ServerWriteReactor<v1::WatchRunResponse>* WatchRun(grpc::CallbackServerContext*,
                                                           const v1::WatchRunRequest*) override {
    return new Sender(messages_);
  }

  const Messages& messages_;
};

std::string ReadPipe(int pipe) {
  std::string text;
  char buffer[65536];
  for (ssize_t got; (got = read(pipe, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

// In a process of its own, as the daemon is: the messages come by the pipe, each after its length.
int ServeBare(const std::string& address, int pipe) {
  const std::string bytes = ReadPipe(pipe);
  Messages messages;
  for (size_t at = 0; at < bytes.size();) {
    uint32_t length = 0;
    memcpy(&length, bytes.data() + at, sizeof length);
    messages.emplace_back().ParseFromArray(bytes.data() + at + sizeof length,
                                           static_cast<int>(length));
    at += sizeof length + length;
  }
  BareRuns runs(messages);
  grpc::ServerBuilder builder;
  builder.RegisterService(&runs);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  const auto server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  server->Wait();
  return 0;
}

void SendTo(int pipe, const Messages& messages) {
  for (const v1::WatchRunResponse& message : messages) {
    const std::string bytes = message.SerializeAsString();
    const auto length = static_cast<uint32_t>(bytes.size());
    Expect(write(pipe, &length, sizeof length) == sizeof length, "pipe");
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t written = write(pipe, bytes.data() + at, bytes.size() - at);
      Expect(written > 0, "pipe");
      at += static_cast<size_t>(written);
    }
  }
  close(pipe);
}

double Turn(const std::vector<std::unique_ptr<v1::RunService::Stub>>& clients,
            const std::string& run, size_t messages) {
  const absl::Time begin = absl::Now();
  std::vector<std::thread> threads;
  for (const auto& client : clients) {
    threads.emplace_back([&] { ReadStream(*client, run, messages, false); });
  }
  for (std::thread& thread : threads) thread.join();
  return absl::ToDoubleSeconds(absl::Now() - begin);
}

void Print(const char* name, const std::vector<double>& seconds) {
  std::printf("\"%s\": [", name);
  for (size_t i = 0; i < seconds.size(); ++i) {
    std::printf("%s%.6f", i > 0 ? ", " : "", seconds[i]);
  }
  std::printf("], ");
}

int Main(char** arguments) {
  const std::string address = arguments[1];
  const std::string run = arguments[2];
  const auto count = static_cast<size_t>(std::atoi(arguments[3]));
  const auto messages = static_cast<size_t>(std::atoi(arguments[4]));
  int ends[2];
  if (pipe(ends) != 0) return 1;
  const std::string bare_address = address + ".bare";
  const pid_t bare = fork();  // before gRPC has threads
  if (bare == 0) {
    close(ends[1]);
    return ServeBare(bare_address, ends[0]);
  }
  close(ends[0]);
  std::vector<std::unique_ptr<v1::RunService::Stub>> clients[2];
  for (size_t i = 0; i < count; ++i) clients[0].push_back(Connect(address));
  const Messages sent = ReadStream(*clients[0][0], run, messages, true);
  size_t updates = 0;
  size_t bytes = 0;
  for (const v1::WatchRunResponse& message : sent) {
    updates += static_cast<size_t>(message.updates_size());
    bytes += message.ByteSizeLong();
  }
  SendTo(ends[1], sent);
  for (size_t i = 0; i < count; ++i) clients[1].push_back(Connect(bare_address));
  std::vector<double> seconds[2];
  for (const bool is_bare : {false, true}) Turn(clients[is_bare], run, messages);  // connects
  for (int turn = 0; turn < 2 * kTurns; ++turn) {
    const bool is_bare = turn % 2 == 1;
    seconds[is_bare].push_back(Turn(clients[is_bare], run, messages));
  }
  std::printf("{");
  Print("daemon", seconds[0]);
  Print("bare", seconds[1]);
  std::printf("\"updates\": %zu, \"bytes\": %zu}\n", updates, bytes);
  std::fflush(stdout);
  kill(bare, SIGKILL);
  return 0;
}

}  // namespace
}  // namespace powerdown

int main(int count, char** arguments) {
  if (count != 5) return 2;
  return powerdown::Main(arguments);
}
