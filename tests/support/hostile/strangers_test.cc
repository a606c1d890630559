// What strangers over TCP can do to a daemon: raise its memory by 64 MiB, and not keep it from
// answering its unix socket within half a second (issue 17).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "powerdown/v1/access_service.grpc.pb.h"
#include "powerdown/v1/admin_service.grpc.pb.h"
#include "tests/support/http2.h"
#include "tests/support/processes.h"
#include "tests/support/tls_client.h"

namespace powerdown {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr double kMostMebibytes = 64;
// Before an attack: what the calls of our own account take, some 40 MiB, is no stranger's doing.
constexpr size_t kWarmingCalls = 1000;
constexpr auto kLongestAnswer = std::chrono::milliseconds(500);
constexpr auto kAttack = std::chrono::seconds(4);
constexpr char kPair[] = "/powerdown.v1.AccessService/Pair";

// A field of /proc/PID/status, in MiB.
double Mebibytes(pid_t process, const std::string& field) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  return 0;
}

// Calls over the unix socket, again and again, each on a connection of its own or on one.
class Pinger {
 public:
  explicit Pinger(const std::string& address)
      : address_(address), thread_([this] {
          for (bool is_new = true; !ends_; is_new = !is_new) Ping(is_new);
        }) {}
  ~Pinger() { Stop(); }
  void Stop() {
    ends_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void Await(size_t calls) const {
    for (size_t seen = calls_; seen < calls; seen = calls_) calls_.wait(seen);
  }
  // After Stop.
  size_t answered() const { return times_.size(); }
  int failed() const { return failed_; }
  std::chrono::milliseconds Percentile(double share) {
    std::sort(times_.begin(), times_.end());
    return times_.empty()
               ? std::chrono::hours(1)
               : times_[static_cast<size_t>(share * static_cast<double>(times_.size() - 1))];
  }

 private:
  void Ping(bool is_new) {
    const auto begin = SteadyClock::now();
    if (is_new || stub_ == nullptr) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stub_ = v1::AdminService::NewStub(
          grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments));
    }
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    v1::ServerInfo info;
    failed_ += stub_->GetServerInfo(&context, v1::GetServerInfoRequest(), &info).ok() ? 0 : 1;
    times_.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begin));
    ++calls_;
    calls_.notify_one();
    // An account may make 1,000 calls a second.
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(2));
  }

  const std::string address_;
  std::unique_ptr<v1::AdminService::Stub> stub_;
  std::vector<std::chrono::milliseconds> times_;
  int failed_ = 0;
  std::atomic<size_t> calls_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

class StrangersTest : public ::testing::Test {
 protected:
  StrangersTest()
      : daemon_(folder_.path(), {"--listen", "127.0.0.1:0", "--worker", folder_.path() + "/none"}) {
    const std::string& line = daemon_.serving_line();
    EXPECT_NE(line, "") << daemon_.errors();
    port_ = std::stoi(line.substr(line.rfind(':') + 1));
  }
  // An address of its own for each.
  static std::string Address(int i) {
    return "127.1." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250);
  }
  // While many of `attack` run, each told its number and when to end, the daemon answers; and its
  // memory stays.
  void Attack(int strangers, const std::function<void(int, SteadyClock::time_point)>& attack) {
    const pid_t process = daemon_.process().pid();
    Pinger(daemon_.address()).Await(kWarmingCalls);
    std::ofstream("/proc/" + std::to_string(process) + "/clear_refs") << "5";  // VmHWM begins anew
    const double before = Mebibytes(process, "VmRSS:");
    Pinger pinger(daemon_.address());
    std::vector<std::thread> threads;
    const auto end = SteadyClock::now() + kAttack;
    for (int i = 0; i < strangers; ++i) threads.emplace_back([&, i] { attack(i, end); });
    for (std::thread& thread : threads) thread.join();
    pinger.Stop();
    const double grown = Mebibytes(process, "VmHWM:") - before;
    RecordProperty("mebibytes", std::to_string(grown));
    RecordProperty("slowest_ms", std::to_string(pinger.Percentile(1).count()));
    std::printf("grown by %.1f MiB; %zu calls, median %lld ms, slowest %lld ms\n", grown,
                pinger.answered(), static_cast<long long>(pinger.Percentile(0.5).count()),
                static_cast<long long>(pinger.Percentile(1).count()));
    EXPECT_LE(grown, kMostMebibytes);
    EXPECT_EQ(pinger.failed(), 0);
    EXPECT_GE(pinger.answered(), 4u);
    // One in ten may have waited for this machine's cores.
    EXPECT_LE(pinger.Percentile(0.9), kLongestAnswer);
    EXPECT_EQ(daemon_.Cli({"server", "info"}).exit_code, 0) << daemon_.errors();
  }
  // With connections that send `calls` and stay open, as many as are let in.
  void AttackWithOpen(const std::string& calls) {
    Attack(48, [&](int i, SteadyClock::time_point end) {
      std::vector<std::unique_ptr<TlsClient>> clients;
      while (SteadyClock::now() < end) {
        clients.push_back(std::make_unique<TlsClient>(port_, Address(i)));
        clients.back()->Send(calls);
      }
    });
  }
  std::shared_ptr<grpc::Channel> Connect(bool compresses) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("powerdown");
    if (compresses) arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
    return grpc::CreateCustomChannel(
        "127.0.0.1:" + std::to_string(port_),
        grpc::SslCredentials(
            {.pem_root_certs = FileText(daemon_.state_dir() + "/certificate.pem")}),
        arguments);
  }
  static grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                           const std::string& message) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    const grpc::Slice slice(message);
    grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::CompletionQueue queue;
    grpc::Status status;
    grpc::GenericStub stub(channel);
    const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  const TemporaryFolder folder_;
  DaemonProcess daemon_;
  int port_ = 0;
};

TEST_F(StrangersTest, GzipIsRefusedBeforeItIsInflated) {
  const std::string zeros(60 << 20, '\0');  // 60 kB of gzip
  std::atomic<int> refused = 0;
  Attack(8, [&](int, SteadyClock::time_point end) {
    do {
      const grpc::Status status = Call(Connect(/*compresses=*/true), kPair, zeros);
      EXPECT_FALSE(status.ok());
      // Or the connection was closed, since others of this address waited.
      if (status.error_code() != grpc::StatusCode::UNIMPLEMENTED) continue;
      EXPECT_THAT(status.error_message(), ::testing::HasSubstr("compressed"));
      ++refused;
    } while (SteadyClock::now() < end);
  });
  EXPECT_GT(refused, 3);
}

TEST_F(StrangersTest, LongMessagesAreRefusedByTheirFirstBytes) {
  const std::string piece = http2::Frame(http2::kData, 0, 1, std::string(16384, 'x'));
  Attack(32, [&](int i, SteadyClock::time_point end) {
    while (SteadyClock::now() < end) {
      TlsClient client(port_, Address(i));
      // As much window as the server might give, and 1 GiB to come; or as much as is allowed.
      const uint32_t length = i % 2 == 0 ? 1u << 30 : 2u << 20;
      bool goes_on = client.Send(http2::Preface() + http2::Frame(http2::kSettings, 0, 0, "") +
                                 http2::Call(1, kPair) +
                                 http2::Frame(http2::kData, 0, 1, http2::Prefix(length)));
      for (int sent = 0; goes_on && sent < 256 && SteadyClock::now() < end; ++sent) {
        goes_on = client.Send(piece);
      }
    }
  });
}

TEST_F(StrangersTest, ManyCallsThatNeverEndAreFew) {
  std::string calls = http2::Preface() + http2::Frame(http2::kSettings, 0, 0, "");
  for (uint32_t stream = 1; stream < 2 * 64; stream += 2) {
    calls += http2::Call(stream, kPair);
    calls += http2::Frame(http2::kData, 0, stream, http2::Prefix(60'000));
    for (int i = 0; i < 100; ++i) calls += http2::Frame(http2::kData, 0, stream, "x");
  }
  AttackWithOpen(calls);
}

TEST_F(StrangersTest, ReflectionAndHealthHoldNoThreads) {
  std::string calls = http2::Preface() + http2::Frame(http2::kSettings, 0, 0, "");
  for (uint32_t stream = 1; stream < 2 * 60; stream += 2) {
    calls +=
        stream % 4 == 1
            ? http2::Call(stream, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            : http2::Call(stream, "/grpc.health.v1.Health/Watch") +
                  http2::Frame(http2::kData, http2::kEndStream, stream, http2::Prefix(0));
  }
  AttackWithOpen(calls);
}

TEST_F(StrangersTest, CallsThatAreCancelledAtOnceAreFew) {
  Attack(16, [&](int i, SteadyClock::time_point end) {
    while (SteadyClock::now() < end) {
      TlsClient client(port_, Address(i));
      bool goes_on = client.Send(http2::Preface() + http2::Frame(http2::kSettings, 0, 0, ""));
      for (uint32_t stream = 1; goes_on && SteadyClock::now() < end; stream += 200) {
        std::string calls;
        for (uint32_t next = stream; next < stream + 200; next += 2) {
          calls += http2::Call(next, "/powerdown.v1.RunService/ListRuns", 5);
          calls += http2::Frame(http2::kReset, 0, next, http2::Big32(8));
        }
        goes_on = client.Send(calls);
      }
    }
  });
}

TEST_F(StrangersTest, ThousandsOfSilentConnectionsTakeNothing) {
  std::vector<std::unique_ptr<TcpClient>> clients[8];
  Attack(8, [&](int i, SteadyClock::time_point end) {
    for (int n = 0; n < 400 && SteadyClock::now() < end; ++n) {
      clients[i].push_back(std::make_unique<TcpClient>(port_, Address(i * 400 + n)));
      if (n % 2 == 0) clients[i].back()->Send("\x16\x03\x01");
    }
  });
  EXPECT_TRUE(TlsClient(port_).is_open());
}

TEST_F(StrangersTest, WhoGuessesCodesWaitsAlone) {
  grpc::ClientContext starting;
  v1::Pairing pairing;
  const auto local = grpc::CreateChannel(daemon_.address(), grpc::InsecureChannelCredentials());
  ASSERT_TRUE(v1::AccessService::NewStub(local)
                  ->StartPairing(&starting, v1::StartPairingRequest(), &pairing)
                  .ok());
  v1::PairRequest guess;
  guess.set_code("guess");
  std::string calls = http2::Preface() + http2::Frame(http2::kSettings, 0, 0, "");
  for (uint32_t stream = 1; stream < 2 * 60; stream += 2) {
    const std::string bytes = guess.SerializeAsString();
    calls += http2::Call(stream, kPair);
    calls += http2::Frame(http2::kData, http2::kEndStream, stream,
                          http2::Prefix(static_cast<uint32_t>(bytes.size())) + bytes);
  }
  Attack(4, [&](int i, SteadyClock::time_point end) {
    while (SteadyClock::now() < end) {
      TlsClient client(port_, Address(i));
      client.Send(calls);
      client.Receive();
    }
  });
  const std::string text = pairing.pairing();
  v1::PairRequest right;
  right.set_code(text.substr(text.rfind('/') + 1));
  const grpc::Status paired = Call(Connect(false), kPair, right.SerializeAsString());
  EXPECT_TRUE(paired.ok()) << paired.error_message();
}

}  // namespace
}  // namespace powerdown
