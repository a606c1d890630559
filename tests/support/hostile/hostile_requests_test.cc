// What a daemon is like after all that broken and hostile clients may send it.
#include "tests/support/hostile/hostile_requests.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdlib>
#include <set>

#include "absl/synchronization/mutex.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "powerdown/v1/access_service.grpc.pb.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "powerdown/v1/comparison_service.pb.h"
#include "powerdown/v1/forecast_service.pb.h"
#include "powerdown/v1/power_service.pb.h"
#include "powerdown/v1/quiz_service.pb.h"
#include "powerdown/v1/run_service.grpc.pb.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

constexpr int kAtOnce = 64;
constexpr int kRawConnections = 1'000;
constexpr int kOversize = 5;

// tests/bench hostile sends 100,000.
int RequestCount() {
  const char* wanted = std::getenv("HOSTILE_REQUESTS");
  return wanted != nullptr ? std::atoi(wanted) : 10'000;
}

// Calls of any name with any bytes, so many at a time; counts how they end.
class Caller {
 public:
  explicit Caller(std::shared_ptr<grpc::Channel> channel) : stub_(std::move(channel)) {}
  ~Caller() { Await(0); }

  void Call(const HostileRequest& request) {
    Await(kAtOnce - 1);
    auto call = std::make_shared<OneCall>();
    if (!request.token.empty()) {
      call->context.AddMetadata("authorization", "Bearer " + request.token);
    }
    const bool is_watch = request.method.find("/Watch") != std::string::npos;
    call->context.set_deadline(
        std::chrono::system_clock::now() +
        (is_watch ? std::chrono::milliseconds(20) : std::chrono::seconds(60)));
    const grpc::Slice slice(request.bytes);
    call->request = grpc::ByteBuffer(&slice, 1);
    {
      absl::MutexLock lock(&mutex_);
      ++open_;
    }
    stub_.UnaryCall(&call->context, request.method, {}, &call->request, &call->response,
                    [this, call](const grpc::Status& status) {
                      absl::MutexLock lock(&mutex_);
                      --open_;
                      ++ends_[status.error_code()];
                    });
  }
  void Await(int most) {
    const auto is_enough = [&] {
      mutex_.AssertHeld();
      return open_ <= most;
    };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&is_enough));
  }
  std::map<grpc::StatusCode, int> ends() {
    Await(0);
    absl::MutexLock lock(&mutex_);
    return ends_;
  }

 private:
  struct OneCall {
    grpc::ClientContext context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };
  grpc::GenericStub stub_;
  absl::Mutex mutex_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<grpc::StatusCode, int> ends_ ABSL_GUARDED_BY(mutex_);
};

// Folders, names and sizes of all that lies beside the state folder.
std::set<std::string> Outside(const std::string& folder) {
  std::set<std::string> files;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder);
       entry != std::filesystem::recursive_directory_iterator(); ++entry) {
    if (entry->path().filename() == "state") {
      entry.disable_recursion_pending();
      continue;
    }
    if (entry->path().extension() == ".stderr") continue;  // this test's own
    files.insert(entry->path().string() +
                 (entry->is_regular_file() ? " " + FileText(entry->path()) : ""));
  }
  return files;
}

class HostileRequestsTest : public ::testing::Test {
 protected:
  HostileRequestsTest() {
    std::filesystem::create_directories(folder_.path() + "/outside");
    std::ofstream(folder_.path() + "/outside/canary") << "precious";
    // Runs that happen to be valid must not train.
    daemon_ = std::make_unique<DaemonProcess>(
        folder_.path(), std::vector<std::string>{"--listen", "127.0.0.1:0", "--worker",
                                                 folder_.path() + "/no-worker"});
    channel_ = grpc::CreateChannel(daemon_->address(), grpc::InsecureChannelCredentials());
  }
  // A user of its own for each: one alone calls too often.
  std::vector<std::string> MakeTokens(int count) {
    const auto access = v1::AccessService::NewStub(channel_);
    std::vector<std::string> tokens;
    for (int i = 0; i < count; ++i) {
      v1::PutUserRequest user;
      user.set_name("user-" + std::to_string(i));
      user.set_role(i % 3 == 0 ? "admin" : i % 3 == 1 ? "submitter" : "viewer");
      grpc::ClientContext putting;
      v1::User made;
      EXPECT_TRUE(access->PutUser(&putting, user, &made).ok());
      v1::CreateTokenRequest request;
      request.set_user(user.name());
      grpc::ClientContext creating;
      v1::NewToken token;
      EXPECT_TRUE(access->CreateToken(&creating, request, &token).ok());
      tokens.push_back(token.secret());
    }
    return tokens;
  }
  std::string SubmitOne() {
    grpc::ClientContext context;
    v1::Run run;
    EXPECT_TRUE(
        v1::RunService::NewStub(channel_)->SubmitRun(&context, v1::SubmitRunRequest(), &run).ok());
    return run.run_id();
  }
  // Bytes that are no HTTP/2 over TLS, to the TCP port.
  void SendRaw(const std::string& bytes) {
    const std::string& line = daemon_->serving_line();
    sockaddr_in there = {};
    there.sin_family = AF_INET;
    there.sin_port = htons(static_cast<uint16_t>(std::stoi(line.substr(line.rfind(':') + 1))));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int number = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(connect(number, reinterpret_cast<const sockaddr*>(&there), sizeof(there)), 0);
    send(number, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    close(number);
  }

  TemporaryFolder folder_;
  std::unique_ptr<DaemonProcess> daemon_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(HostileRequestsTest, LeaveTheDaemonServingAndTheDatabaseWhole) {
  ASSERT_NE(daemon_->serving_line(), "") << daemon_->errors();
  const int requests = RequestCount();
  std::vector<std::string> tokens = MakeTokens(60);
  HostileRequests hostile(20261123, {SubmitOne(), SubmitOne(), "user-58", "grokked", "addition"},
                          tokens);
  const std::set<std::string> before = Outside(folder_.path());

  std::map<grpc::StatusCode, int> ends;
  {
    Caller caller(channel_);
    for (int i = 0; i < requests; ++i) caller.Call(hostile.Next());
    const std::string oversize(65 * 1024 * 1024, '\0');
    for (int i = 0; i < kOversize; ++i) {
      caller.Call({"/powerdown.v1.RunService/ImportRuns", oversize, tokens[0]});
      caller.Await(0);
    }
    ends = caller.ends();
  }
  for (int i = 0; i < kRawConnections; ++i) {
    SendRaw(i % 2 == 0 ? "GET /../../etc/passwd HTTP/1.1\r\n\r\n" + hostile.RandomBytes(100)
                       : "\x16\x03\x01" + hostile.RandomBytes(hostile.Below(600)));
  }

  int total = 0;
  for (const auto& [code, count] : ends) {
    RecordProperty("code_" + std::to_string(code), count);
    total += count;
  }
  EXPECT_EQ(total, requests + kOversize);
  for (const grpc::StatusCode code :
       {grpc::StatusCode::OK, grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::NOT_FOUND,
        grpc::StatusCode::UNAUTHENTICATED, grpc::StatusCode::PERMISSION_DENIED,
        grpc::StatusCode::UNIMPLEMENTED}) {
    EXPECT_GT(ends[code], requests / 1000) << code;
  }
  EXPECT_EQ(ends[grpc::StatusCode::UNAVAILABLE], 0);
  EXPECT_GE(ends[grpc::StatusCode::RESOURCE_EXHAUSTED], kOversize);

  EXPECT_EQ(daemon_->Cli({"server", "info"}).exit_code, 0) << daemon_->errors();
  daemon_->process().Signal(SIGTERM);
  EXPECT_EQ(daemon_->process().Wait(), 0);
  EXPECT_EQ(Outside(folder_.path()), before);
  SQLite::Database database(daemon_->state_dir() + "/powerdown.db", SQLite::OPEN_READONLY);
  EXPECT_EQ(std::string(database.execAndGet("PRAGMA integrity_check").getText()), "ok");
  EXPECT_FALSE(SQLite::Statement(database, "PRAGMA foreign_key_check").executeStep());
}

}  // namespace
}  // namespace powerdown
