#include "client/connection/local_daemon.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/platform/descriptor.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLimit = absl::Seconds(20);

// The daemon's part is played by shell scripts; the socket by the test.
class LocalDaemonTest : public ::testing::Test {
 protected:
  LocalDaemonTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "powerdown-test-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~LocalDaemonTest() override {
    if (listener_ >= 0) close(listener_);
    std::filesystem::remove_all(folder_);
  }
  std::string Script(const std::string& body) {
    const std::string path = folder_ + "/powerdownd";
    std::ofstream(path) << "#!/bin/sh\n" << body;
    chmod(path.c_str(), 0700);
    return path;
  }
  void Listen() {
    std::filesystem::create_directories(state());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, (state() + "/powerdown.sock").c_str());
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener_, 8), 0);
  }
  std::string state() const { return folder_ + "/state"; }
  std::string address() const { return "unix:" + state() + "/powerdown.sock"; }

  std::string folder_;
  int listener_ = -1;
};

TEST_F(LocalDaemonTest, TheSystemServiceIsFoundWhereItAnswers) {
  EXPECT_EQ(FindService(state() + "/powerdown.sock").value(), std::nullopt);
  Listen();
  EXPECT_EQ(FindService(state() + "/powerdown.sock").value(), address());
}

// A private daemon took the place of a service that was down, and showed no runs.
TEST_F(LocalDaemonTest, AServiceThatIsDownIsNotTakenForNone) {
  const std::string path = folder_ + "/dead.sock";
  {
    const Descriptor dead(socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(dead.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  const absl::Status status = FindService(path).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("systemctl start powerdownd"));
}

TEST_F(LocalDaemonTest, UsesTheDaemonThatServesAlready) {
  Listen();
  EXPECT_EQ(EnsureLocalDaemon(state(), "/nonexistent", kLimit).value(), address());
}

TEST_F(LocalDaemonTest, StartsADaemonAndWaitsForItsLine) {
  const std::string program =
      Script("echo \"$@\" > " + folder_ + "/words\necho powerdownd serves on x\n");
  EXPECT_EQ(EnsureLocalDaemon(state(), program, kLimit).value(), address());
  std::stringstream words;
  words << std::ifstream(folder_ + "/words").rdbuf();
  EXPECT_EQ(words.str(), "--state-dir " + state() + " --idle-exit 600\n");
}

TEST_F(LocalDaemonTest, EarlyDeathIsToldInTheDaemonsOwnWords) {
  const std::string program = Script("echo 'powerdownd: the database is newer' >&2\nexit 1\n");
  const auto address = EnsureLocalDaemon(state(), program, kLimit);
  EXPECT_TRUE(absl::IsUnavailable(address.status()));
  EXPECT_EQ(address.status().message(), "the local daemon did not start: the database is newer");
}

TEST_F(LocalDaemonTest, OldLinesOfTheLogAreNotTheReason) {
  std::filesystem::create_directories(state());
  std::ofstream(state() + "/powerdownd.log") << "an old complaint\n";
  const auto address = EnsureLocalDaemon(state(), Script("exit 1\n"), kLimit);
  EXPECT_THAT(std::string(address.status().message()), HasSubstr("see "));
}

TEST_F(LocalDaemonTest, ProgramThatCannotRunIsNamed) {
  const auto address = EnsureLocalDaemon(state(), folder_ + "/none", kLimit);
  EXPECT_TRUE(absl::IsUnavailable(address.status()));
  EXPECT_THAT(std::string(address.status().message()), HasSubstr(folder_ + "/none"));
}

TEST_F(LocalDaemonTest, WaitsForADaemonThatStartedAtTheSameMoment) {
  Listen();
  const std::string socket = state() + "/powerdown.sock";
  std::filesystem::rename(socket, socket + ".later");
  const int lock = open((state() + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  const std::string program =
      Script("(sleep 0.1; mv " + socket + ".later " + socket + ") >/dev/null 2>&1 &\nexit 1\n");
  EXPECT_EQ(EnsureLocalDaemon(state(), program, kLimit).value(), address());
  close(lock);
}

TEST_F(LocalDaemonTest, PathTooLongForASocketIsSaid) {
  const auto address = EnsureLocalDaemon("/" + std::string(120, 'x'), "/none", kLimit);
  EXPECT_THAT(std::string(address.status().message()), HasSubstr("too long"));
}

}  // namespace
}  // namespace powerdown
