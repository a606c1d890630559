#include "server/rpc/listeners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

// A bound unix socket; `answers` says whether somebody listens on it.
class BoundSocket {
 public:
  BoundSocket(const std::string& path, bool answers) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    if (answers && listen(socket_, 1) != 0) ADD_FAILURE() << path;
  }
  ~BoundSocket() { close(socket_); }

 private:
  int socket_;
};

class ListenersTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.sock";
};

TEST_F(ListenersTest, FreePathIsFine) {
  EXPECT_TRUE(PrepareSocket(path_).ok());
}

TEST_F(ListenersTest, StaleSocketIsRemoved) {
  { BoundSocket stale(path_, false); }
  ASSERT_TRUE(std::filesystem::exists(path_));
  EXPECT_TRUE(PrepareSocket(path_).ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListenersTest, SocketThatAnswersIsLeftAlone) {
  const BoundSocket other(path_, true);
  const absl::Status status = PrepareSocket(path_);
  EXPECT_THAT(std::string(status.message()), HasSubstr("in use"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(ListenersTest, FileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_FALSE(PrepareSocket(path_).ok());
  EXPECT_EQ(FileText(path_), "precious");
}

TEST_F(ListenersTest, LongPathsAreRefusedWithTheLimit) {
  EXPECT_TRUE(PrepareSocket("/" + std::string(106, 'x')).ok());
  const absl::Status status = PrepareSocket("/" + std::string(107, 'x'));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("107"));
}

TEST_F(ListenersTest, AddressesInDigitsAreRead) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1:7000")->port, 7000);
  EXPECT_EQ(ParseListenAddress("localhost:0")->host, "127.0.0.1");
  EXPECT_EQ(ParseListenAddress("[::1]:65535")->host, "[::1]");
  EXPECT_TRUE(IsWildcard(*ParseListenAddress("0.0.0.0:7000")));
  EXPECT_TRUE(IsWildcard(*ParseListenAddress("[::]:7000")));
  EXPECT_FALSE(IsWildcard(*ParseListenAddress("192.168.1.5:7000")));
}

TEST_F(ListenersTest, WhatIsNoAddressIsRefusedWithExamples) {
  for (const char* malformed : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                                ":7000", "box.local:7000", "::1:7000", "1.2.3:7000"}) {
    const absl::Status status = ParseListenAddress(malformed).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << malformed;
    EXPECT_THAT(std::string(status.message()), HasSubstr("0.0.0.0:7000")) << malformed;
  }
}

}  // namespace
}  // namespace powerdown
