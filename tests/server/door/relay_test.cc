#include "server/door/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "tests/support/http2.h"

namespace powerdown {
namespace {

struct Ends {
  Descriptor here, there;
};
Ends OpenEnds() {
  int numbers[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, numbers), 0);
  return {Descriptor(numbers[0]), Descriptor(numbers[1])};
}

class RelayTest : public ::testing::Test {
 protected:
  static void Say(const Descriptor& end, const std::string& bytes) {
    ASSERT_EQ(send(end.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  static std::string Hear(const Descriptor& end) {
    std::string bytes(1 << 20, '\0');
    const ssize_t count = recv(end.number(), bytes.data(), bytes.size(), 0);
    return bytes.substr(0, static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }

  RequestAccounts accounts_;
  Ends client_ = OpenEnds();
  Ends grpc_ = OpenEnds();
  Relay relay_{client_.here.number(), std::move(grpc_.here), nullptr, &accounts_, "uid-1"};
};

TEST_F(RelayTest, AClientThatDoesNotReadStopsTheServerAndNotTheMemory) {
  const std::string frame = http2::Frame(http2::kData, 0, 1, std::string(10'000, 'x'));
  int sent = 0;
  for (bool moves = true; moves;) {
    moves = send(grpc_.there.number(), frame.data(), frame.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(frame.size());
    sent += moves ? 1 : 0;
    ASSERT_TRUE(relay_.MoveOut().ok());
    ASSERT_LT(sent, 10'000) << "somebody keeps 100 MB for a client that does not read";
  }
  EXPECT_EQ(relay_.InsideEvents() & POLLIN, 0);
  EXPECT_NE(relay_.OutsideEvents() & POLLOUT, 0);
  EXPECT_EQ(relay_.OutsideEvents() & POLLIN, 0);  // nor are its further requests taken
  while (!Hear(client_.there).empty()) ASSERT_TRUE(relay_.MoveOut().ok());
  EXPECT_NE(relay_.InsideEvents() & POLLIN, 0);
}

TEST_F(RelayTest, WhatTheClientDidWrongEndsItWithTheReason) {
  Say(client_.there, http2::Preface() + http2::Frame(http2::kData, 8, 1, "padded"));
  EXPECT_TRUE(absl::IsInvalidArgument(relay_.MoveIn()));
}

TEST_F(RelayTest, ARefusalReachesTheClient) {
  Say(client_.there, http2::Preface() + http2::Call(1, "/x/Y") +
                         http2::Frame(http2::kData, 0, 1, http2::Prefix(9, true)));
  ASSERT_TRUE(relay_.MoveIn().ok());
  EXPECT_NE(Hear(client_.there).find("compressed requests are refused"), std::string::npos);
}

TEST_F(RelayTest, EndsWithEitherSideAndFirstSendsWhatItHas) {
  Say(grpc_.there, http2::Frame(http2::kPing, 0, 0, "12345678"));
  grpc_.there.Close();
  ASSERT_TRUE(relay_.MoveOut().ok());
  EXPECT_TRUE(absl::IsCancelled(relay_.MoveOut()));
  EXPECT_EQ(Hear(client_.there), http2::Frame(http2::kPing, 0, 0, "12345678"));
  client_.there.Close();
  EXPECT_TRUE(absl::IsCancelled(relay_.MoveIn()));
}

}  // namespace
}  // namespace powerdown
