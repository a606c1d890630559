#include "server/door/door.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/access/certificate.h"
#include "server/door/limits.h"
#include "tests/support/http2.h"
#include "tests/support/processes.h"
#include "tests/support/tls_client.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

Certificate TestCertificate() {
  const TemporaryFolder folder;
  return *EnsureCertificate(folder.path(), absl::FromUnixSeconds(1'800'000'000));
}

// A door whose served connections end here instead of at gRPC.
class DoorTest : public ::testing::Test {
 protected:
  DoorTest() {
    Door::Options options;
    options.listener = Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const int listener = options.listener.number();
    EXPECT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener, 128), 0);
    EXPECT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    const Certificate certificate = TestCertificate();
    options.tls = *TlsContext::Make(certificate.certificate_pem, certificate.private_key_pem);
    options.most_connections = 100;
    options.most_waiting = 50;
    options.serve = [this](int number) {
      absl::MutexLock lock(&mutex_);
      send(number, greeting_.data(), greeting_.size(), MSG_NOSIGNAL);
      served_.emplace_back(number);
    };
    options.on_refused = [this](const std::string& peer, const std::string& why) {
      absl::MutexLock lock(&mutex_);
      refused_.push_back(peer + ": " + why);
    };
    door_ = std::make_unique<Door>(std::move(options));
  }
  // The next connection that gRPC would serve; it blocks.
  Descriptor Served() {
    absl::MutexLock lock(&mutex_);
    const auto has_one = [this] {
      mutex_.AssertHeld();
      return !served_.empty();
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&has_one), absl::Seconds(20))) return Descriptor();
    Descriptor next = std::move(served_.front());
    served_.pop_front();
    fcntl(next.number(), F_SETFL, 0);
    return next;
  }
  size_t served() {
    absl::MutexLock lock(&mutex_);
    return served_.size();
  }
  std::string Refusal() {
    absl::MutexLock lock(&mutex_);
    const auto has_one = [this] {
      mutex_.AssertHeld();
      return !refused_.empty();
    };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&has_one), absl::Seconds(20))) return "";
    std::string next = refused_.front();
    refused_.pop_front();
    return next;
  }
  // As gRPC names it.
  static std::string PeerOf(const Descriptor& served) {
    sockaddr_un address = {};
    socklen_t size = sizeof(address);
    getpeername(served.number(), reinterpret_cast<sockaddr*>(&address), &size);
    return "unix-abstract:" +
           std::string(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  }
  static std::string ReadFrom(const Descriptor& served, size_t bytes) {
    std::string text(bytes, '\0');
    const ssize_t count = recv(served.number(), text.data(), bytes, MSG_WAITALL);
    return text.substr(0, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
  // A connection of another account of this machine, and the end that the account holds.
  Descriptor Adopt(const std::string& origin) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    Descriptor outside(ends[0]);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    door_->Adopt(std::move(outside), origin);
    Descriptor client(ends[1]);
    const std::string preface = http2::Preface();
    EXPECT_EQ(send(client.number(), preface.data(), preface.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(preface.size()));
    return client;
  }

  int port_ = 0;
  absl::Mutex mutex_;
  std::string greeting_ ABSL_GUARDED_BY(mutex_);  // what the server says at once
  std::deque<Descriptor> served_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> refused_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Door> door_;
};

TEST_F(DoorTest, OpensTlsAndNamesWhoIsBehindIt) {
  TlsClient client(port_, "127.0.0.9");
  ASSERT_TRUE(client.Send(http2::Preface() + http2::Frame(http2::kSettings, 0, 0, "")));
  const Descriptor served = Served();
  EXPECT_EQ(ReadFrom(served, 24 + 9), http2::Preface() + http2::Frame(http2::kSettings, 0, 0, ""));
  EXPECT_THAT(*Door::OriginOf(PeerOf(served)), HasSubstr("ipv4:127.0.0.9:"));
  const std::string answer = http2::Frame(http2::kPing, 0, 0, "12345678");
  ASSERT_EQ(send(served.number(), answer.data(), answer.size(), 0), 17);
  EXPECT_EQ(client.Receive(), answer);
}

TEST_F(DoorTest, AServerThatSpeaksBeforeTlsIsOpenIsHeardAfterIt) {
  const std::string greeting = http2::Frame(http2::kSettings, 0, 0, "");
  {
    absl::MutexLock lock(&mutex_);
    greeting_ = greeting;
  }
  TlsClient client(port_);
  EXPECT_EQ(client.Receive(), greeting);
}

TEST_F(DoorTest, OthersHaveNamesThatNoDoorGave) {
  for (const char* peer : {"", "fd:7", "unknown", "ipv4:10.0.0.7:1", "unix:/powerdown/1/2/uid-0",
                           "unix-abstract:powerdown/1/x/uid-0", "unix-abstract:other/1/2/uid-0"}) {
    EXPECT_FALSE(Door::OriginOf(peer).has_value()) << peer;
    EXPECT_TRUE(door_->IsKnown(peer)) << peer;
  }
  EXPECT_EQ(*Door::OriginOf("unix-abstract:powerdown/1-2/3/ipv6:%5B::1%5D:7"), "ipv6:[::1]:7");
}

TEST_F(DoorTest, AStrangerIsKnownOnceACallWasAdmitted) {
  const Descriptor client = Adopt("uid-1000");
  Descriptor served = Served();
  const std::string peer = PeerOf(served);
  EXPECT_EQ(*Door::OriginOf(peer), "uid-1000");
  EXPECT_FALSE(door_->IsKnown(peer));
  door_->SetKnown(peer, kTableRequest);
  EXPECT_TRUE(door_->IsKnown(peer));
  served.Close();  // gRPC ends it: the client sees that, and the name means nothing any more
  EXPECT_EQ(ReadFrom(client, 1), "");
  while (door_->IsKnown(peer)) std::this_thread::yield();
  door_->SetKnown(peer, kTableRequest);
  EXPECT_FALSE(door_->IsKnown(peer));
}

TEST_F(DoorTest, StrangersOfOneAddressTakeTurnsAndKeepNobodyElseOut) {
  std::vector<Descriptor> clients, served;
  for (int i = 0; i < kMostStrangersOfAddress + 5; ++i) clients.push_back(Adopt("uid-1"));
  for (int i = 0; i < kMostStrangersOfAddress; ++i) served.push_back(Served());
  clients.push_back(Adopt("uid-2"));
  served.push_back(Served());
  EXPECT_EQ(*Door::OriginOf(PeerOf(served.back())), "uid-2");
  EXPECT_EQ(this->served(), 0u);
  door_->SetKnown(PeerOf(served[0]), kTableRequest);  // its place is free
  served.push_back(Served());
  EXPECT_EQ(*Door::OriginOf(PeerOf(served.back())), "uid-1");
  // The others' turns end while somebody waits.
  EXPECT_EQ(Refusal(), "uid-1: made no call that was admitted, while others wait");
  EXPECT_EQ(*Door::OriginOf(PeerOf(Served())), "uid-1");
}

TEST_F(DoorTest, StrangersInAllAreBounded) {
  std::vector<Descriptor> clients, served;
  for (int i = 0; i < kMostStrangers + 10; ++i) clients.push_back(Adopt(absl::StrCat("uid-", i)));
  for (int i = 0; i < kMostStrangers; ++i) served.push_back(Served());
  EXPECT_EQ(this->served(), 0u);
  EXPECT_THAT(Refusal(), HasSubstr("while others wait"));
}

TEST_F(DoorTest, WhoSendsNothingOrHalfAGreetingTakesNoPlaceAndNotAllThatWait) {
  std::vector<std::unique_ptr<TcpClient>> silent;
  for (int i = 0; i < 200; ++i) {
    silent.push_back(std::make_unique<TcpClient>(port_));
    if (i % 2 == 0) silent.back()->Send("\x16\x03\x01");
  }
  TlsClient honest(port_);
  EXPECT_TRUE(honest.is_open());
  EXPECT_EQ(this->served(), 1u);
  EXPECT_THAT(Refusal(), HasSubstr("too many wait"));
}

TEST_F(DoorTest, WhatIsNoTlsOrNoHttp2IsRefusedWithTheReason) {
  TcpClient(port_).Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(Refusal(), HasSubstr("does not speak TLS"));
  TlsClient client(port_);
  client.Send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(Refusal(), HasSubstr("does not speak HTTP/2"));
  EXPECT_EQ(client.Receive(), "");
}

TEST_F(DoorTest, ALongMessagePassesWholeInBothDirections) {
  const Descriptor client = Adopt("uid-1000");
  const Descriptor served = Served();
  door_->SetKnown(PeerOf(served), kImportRequest);
  while (!door_->IsKnown(PeerOf(served))) std::this_thread::yield();
  std::string message =
      http2::Call(1, "/x/Y") + http2::Frame(http2::kData, 0, 1, http2::Prefix(8 << 20));
  for (int i = 0; i < 512; ++i) {
    message += http2::Frame(http2::kData, 0, 1, std::string(16384, static_cast<char>(i)));
  }
  for (const auto& [from, to, skip] : {std::tuple{client.number(), &served, size_t{24}},
                                       std::tuple{served.number(), &client, size_t{0}}}) {
    std::thread sender([&, number = from] {
      EXPECT_EQ(send(number, message.data(), message.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(message.size()));
    });
    EXPECT_EQ(ReadFrom(*to, skip + message.size()).substr(skip), message);
    sender.join();
  }
}

}  // namespace
}  // namespace powerdown
