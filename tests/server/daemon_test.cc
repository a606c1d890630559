#include "server/daemon.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "client/connection/access_calls.h"
#include "client/connection/connection.h"
#include "client/connection/profiles.h"
#include "tests/support/dated_certificate.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class DaemonTest : public ::testing::Test {
 protected:
  DaemonOptions Options() const {
    DaemonOptions options;
    options.state_dir = folder_.path() + "/state";
    options.worker_program = "/nonexistent/powerdown-worker";
    options.factors = DefaultFactors();
    return options;
  }
  std::string socket() const { return folder_.path() + "/state/powerdown.sock"; }

  TemporaryFolder folder_;
};

// Runs a daemon until it goes away.
class RunningDaemon {
 public:
  explicit RunningDaemon(std::unique_ptr<Daemon> daemon)
      : daemon_(std::move(daemon)), thread_([this] { daemon_->Run(); }) {}
  ~RunningDaemon() {
    daemon_->RequestStop();
    thread_.join();
  }

 private:
  std::unique_ptr<Daemon> daemon_;
  std::thread thread_;
};

TEST_F(DaemonTest, ServesAsSoonAsItExistsAndLeavesNoSocket) {
  {
    auto daemon = Daemon::Create(Options());
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    EXPECT_EQ((*daemon)->addresses(), "unix:" + socket());
    const RunningDaemon running(*std::move(daemon));
    const auto connection = *Connection::Open("unix:" + socket(), absl::Seconds(10));
    const auto info = connection->GetServerInfo();
    ASSERT_TRUE(info.ok()) << info.status();
    EXPECT_EQ(info->addresses, "unix:" + socket());
  }
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(DaemonTest, ARemovedSocketIsMadeAgainAndNoConnectionIsLost) {
  {
    auto daemon = Daemon::Create(Options());
    ASSERT_TRUE(daemon.ok()) << daemon.status();
    const RunningDaemon running(*std::move(daemon));
    const auto before = *Connection::Open("unix:" + socket(), absl::Seconds(10));
    ASSERT_TRUE(before->GetServerInfo().ok());
    // The first look may not have been yet, and takes what is there for its own.
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(std::filesystem::remove(socket()));
      while (!std::filesystem::exists(socket())) std::this_thread::yield();
    }
    const auto after = *Connection::Open("unix:" + socket(), absl::Seconds(10));
    EXPECT_TRUE(after->GetServerInfo().ok());
    EXPECT_TRUE(before->GetServerInfo().ok());
  }
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(DaemonTest, SocketIsForItsUserAlone) {
  const auto daemon = Daemon::Create(Options());
  ASSERT_TRUE(daemon.ok());
  struct stat status;
  ASSERT_EQ(stat(socket().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777 & 0077, 0u);
}

TEST_F(DaemonTest, TcpPortIsTold) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  auto daemon = Daemon::Create(options);
  ASSERT_TRUE(daemon.ok()) << daemon.status();
  const std::string addresses = (*daemon)->addresses();
  EXPECT_THAT(addresses, MatchesRegex("unix:.*\\.sock 127\\.0\\.0\\.1:[1-9][0-9]+"));
}

// Pairs as a laptop does.
absl::StatusOr<Profile> PairThrough(const std::string& socket) {
  const auto local = *Connection::Open("unix:" + socket, absl::Seconds(10));
  const auto started = StartPairing(*local, "ada", "submitter");
  if (!started.ok()) return started.status();
  return PairWith(started->pairing, "laptop", absl::Seconds(10));
}

TEST_F(DaemonTest, APairedComputerIsLetInOverTlsAndAnyOtherIsNot) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  const RunningDaemon running(*Daemon::Create(options));
  const auto profile = PairThrough(socket());
  ASSERT_TRUE(profile.ok()) << profile.status();
  EXPECT_EQ(profile->user, "ada");
  const auto paired = *Connection::Open(profile->endpoint, absl::Seconds(10));
  const auto submitted = paired->SubmitRun({});
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->owner, "ada");
  EXPECT_TRUE(absl::IsPermissionDenied(ListUsers(*paired).status()));

  Endpoint forged = profile->endpoint;
  forged.token.back() = forged.token.back() == '0' ? '1' : '0';
  const auto stranger = *Connection::Open(forged, absl::Seconds(10));
  EXPECT_TRUE(absl::IsUnauthenticated(stranger->GetServerInfo().status()));
  Endpoint plain = profile->endpoint;
  plain.certificate_pem.clear();
  plain.fingerprint.clear();
  const auto without_tls = *Connection::Open(plain, absl::Seconds(10));
  EXPECT_FALSE(without_tls->GetServerInfo().ok());
}

// Made while the box's clock was ten years ahead: nobody can check it today. The daemon renews it,
// and a computer that pinned it knows the daemon again by its key.
TEST_F(DaemonTest, AComputerThatPinnedACertificateOfWrongDatesFollowsItsRenewal) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  std::filesystem::create_directories(options.state_dir);
  std::ofstream(options.state_dir + "/key.pem") << kDatedKey;
  std::ofstream(options.state_dir + "/certificate.pem") << kDatedCertificate;
  const RunningDaemon running(*Daemon::Create(options));
  auto profile = PairThrough(socket());
  ASSERT_TRUE(profile.ok()) << profile.status();
  profile->name = "box";
  const std::string renewed = profile->endpoint.fingerprint;
  profile->endpoint.certificate_pem = kDatedCertificate;
  profile->endpoint.fingerprint = std::string(64, '0');
  TemporaryFolder config;
  setenv("XDG_CONFIG_HOME", config.path().c_str(), 1);
  ASSERT_TRUE(SaveProfile(config.path() + "/powerdown", *profile).ok());
  const absl::Status first =
      (*Connection::Open("box", absl::Seconds(10)))->GetServerInfo().status();
  EXPECT_TRUE(absl::IsUnavailable(first)) << first;
  EXPECT_THAT(first.ToString(), HasSubstr("has renewed its certificate with the same key"));
  EXPECT_EQ(FindProfile(config.path() + "/powerdown", "box")->endpoint.fingerprint, renewed);
  const auto second = (*Connection::Open("box", absl::Seconds(10)))->GetServerInfo();
  EXPECT_TRUE(second.ok()) << second.status();
  unsetenv("XDG_CONFIG_HOME");
}

// A connection to the daemon that says `words` and no more.
class RawConnection {
 public:
  RawConnection(const std::string& address, const std::string& words)
      : number_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in there = {};
    there.sin_family = AF_INET;
    there.sin_port =
        htons(static_cast<uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(number_, reinterpret_cast<const sockaddr*>(&there), sizeof(there)), 0);
    EXPECT_EQ(send(number_, words.data(), words.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(words.size()));
  }
  ~RawConnection() { close(number_); }
  RawConnection(const RawConnection&) = delete;
  void AwaitEnd() {
    char byte;
    while (recv(number_, &byte, 1, 0) > 0) {
    }
  }

 private:
  const int number_;
};

TEST_F(DaemonTest, APlainTextClientIsRefusedAndAudited) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  auto daemon = *Daemon::Create(options);
  const std::string address = daemon->addresses();
  const RunningDaemon running(std::move(daemon));
  RawConnection(address, "GET / HTTP/1.1\r\n\r\n").AwaitEnd();
  const auto local = *Connection::Open("unix:" + socket(), absl::Seconds(10));
  std::vector<AuditEntry> entries;
  while (entries.empty()) {  // it is there after the daemon's next commit
    const auto listed = ListAudit(*local, 10);
    ASSERT_TRUE(listed.ok()) << listed.status();
    entries = *listed;
  }
  EXPECT_EQ(entries[0].method + ": " + entries[0].object, "connection: does not speak TLS");
  EXPECT_EQ(entries[0].outcome, "UNAUTHENTICATED");
  EXPECT_THAT(entries[0].peer, HasSubstr("ipv4:127.0.0.1:"));
}

TEST_F(DaemonTest, SilentAndHalfOpenConnectionsKeepNobodyOut) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  auto daemon = *Daemon::Create(options);
  const std::string address = daemon->addresses();
  const RunningDaemon running(std::move(daemon));
  std::vector<std::unique_ptr<RawConnection>> slow;
  for (int i = 0; i < 300; ++i) {
    slow.push_back(std::make_unique<RawConnection>(address, i % 2 == 0 ? "" : "\x16\x03\x01"));
  }
  const auto profile = PairThrough(socket());
  ASSERT_TRUE(profile.ok()) << profile.status();
  const auto paired = *Connection::Open(profile->endpoint, absl::Seconds(10));
  EXPECT_TRUE(paired->GetServerInfo().ok());
}

int OpenDescriptors() {
  int count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST_F(DaemonTest, AReconnectStormLeavesNothingBehind) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  const RunningDaemon running(*Daemon::Create(options));
  const auto profile = PairThrough(socket());
  ASSERT_TRUE(profile.ok()) << profile.status();
  const auto watch_once = [&] {
    const auto connection = *Connection::Open(profile->endpoint, absl::Seconds(10));
    return connection->WatchRuns(0, [](const Connection::RunsUpdate&) { return false; });
  };
  EXPECT_TRUE(absl::IsCancelled(watch_once()));
  const int before = OpenDescriptors();
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(absl::IsCancelled(watch_once()));
  // Sockets are closed when gRPC comes to it.
  while (OpenDescriptors() > before + 10) {
  }
  const auto connection = *Connection::Open(profile->endpoint, absl::Seconds(10));
  EXPECT_TRUE(connection->GetServerInfo().ok());
}

TEST_F(DaemonTest, AnAdminSetsWhatAUserMayUseAndTheUserSeesIt) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  const RunningDaemon running(*Daemon::Create(options));
  const auto profile = PairThrough(socket());
  ASSERT_TRUE(profile.ok()) << profile.status();
  const auto admin = *Connection::Open("unix:" + socket(), absl::Seconds(10));
  const auto ada = *Connection::Open(profile->endpoint, absl::Seconds(10));
  const auto set = SetUserBudget(*admin, "ada", "week", "5Wh");
  ASSERT_TRUE(set.ok()) << set.status();
  const auto seen = GetUser(*ada, "");
  ASSERT_TRUE(seen.ok()) << seen.status();
  ASSERT_EQ(seen->budgets.size(), 1u);
  EXPECT_EQ(seen->budgets[0].text + " per " + seen->budgets[0].period, "5.00 Wh per week");
  EXPECT_EQ(seen->budgets[0].allowed, Joules(18000));
  EXPECT_EQ(seen->budgets[0].used, Joules(0));
  EXPECT_TRUE(absl::IsPermissionDenied(SetUserBudget(*ada, "ada", "week", "none").status()));
  EXPECT_TRUE(absl::IsPermissionDenied(GetUser(*ada, "grace").status()));
  EXPECT_TRUE(absl::IsNotFound(SetUserBudget(*admin, "grace", "week", "5Wh").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SetUserBudget(*admin, "ada", "year", "5Wh").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(SetUserBudget(*admin, "ada", "week", "lots").status()));
  ASSERT_TRUE(SetUserBudget(*admin, "ada", "week", "none").ok());
  EXPECT_TRUE(GetUser(*ada, "")->budgets.empty());
}

TEST_F(DaemonTest, AChangedCertificateIsRefusedWithAWarning) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  absl::StatusOr<Profile> profile;
  {
    const RunningDaemon running(*Daemon::Create(options));
    profile = PairThrough(socket());
    ASSERT_TRUE(profile.ok()) << profile.status();
  }
  std::filesystem::remove(options.state_dir + "/key.pem");
  std::filesystem::remove(options.state_dir + "/certificate.pem");
  options.listen_address = profile->endpoint.address;
  const RunningDaemon running(*Daemon::Create(options));
  const auto connection = *Connection::Open(profile->endpoint, absl::Seconds(10));
  const absl::Status refused = connection->GetServerInfo().status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("WARNING: the certificate of"));
}

TEST_F(DaemonTest, PortInUseIsRefusedAndLeavesNoSocket) {
  DaemonOptions options = Options();
  options.listen_address = "127.0.0.1:0";
  const auto first = Daemon::Create(options);
  const std::string addresses = (*first)->addresses();
  const std::string taken = addresses.substr(addresses.find(' ') + 1);
  options.state_dir = folder_.path() + "/other";
  options.listen_address = taken;
  const absl::Status second = Daemon::Create(options).status();
  EXPECT_EQ(second.message(),
            "cannot listen on " + taken + ": address already in use; choose another port or 0");
  EXPECT_FALSE(std::filesystem::exists(options.state_dir + "/powerdown.sock"));
}

TEST_F(DaemonTest, WhatItMayNotDoIsRefusedInOneLine) {
  const auto first = Daemon::Create(Options());
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(std::string(Daemon::Create(Options()).status().message()), HasSubstr("in use"));

  DaemonOptions foreign = Options();
  foreign.state_dir = folder_.path() + "/foreign";
  foreign.listen_address = "box.local:0";
  EXPECT_THAT(std::string(Daemon::Create(foreign).status().message()),
              HasSubstr("numeric address"));
  EXPECT_FALSE(std::filesystem::exists(foreign.state_dir));

  DaemonOptions taken = Options();
  taken.state_dir = folder_.path() + "/taken";
  taken.socket_path = socket();
  EXPECT_THAT(std::string(Daemon::Create(taken).status().message()), HasSubstr("in use"));
}

TEST_F(DaemonTest, IdleDaemonEndsByItself) {
  DaemonOptions options = Options();
  options.idle_exit = absl::Milliseconds(1);
  const auto daemon = Daemon::Create(options);
  ASSERT_TRUE(daemon.ok());
  (*daemon)->Run();
  EXPECT_FALSE(std::filesystem::exists(socket()));
}

TEST_F(DaemonTest, RunWithoutAWorkerProgramFailsAndTheDaemonLives) {
  auto daemon = Daemon::Create(Options());
  ASSERT_TRUE(daemon.ok());
  const RunningDaemon running(*std::move(daemon));
  const auto connection = *Connection::Open("unix:" + socket(), absl::Seconds(10));
  const auto submitted = connection->SubmitRun({});
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  const absl::Status watched = connection->WatchRun(
      submitted->run_id, 0, [](const RunUpdate&) { return true; }, nullptr);
  EXPECT_TRUE(watched.ok()) << watched;
  const auto run = connection->GetRun(submitted->run_id);
  EXPECT_EQ(run->state, RunState::kFailed);
  EXPECT_THAT(run->state_reason, HasSubstr("powerdown-worker"));
}

}  // namespace
}  // namespace powerdown
