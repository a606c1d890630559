#include "server/door/frame_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/support/http2.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr char kPath[] = "/powerdown.v1.RunService/GetRun";

class FrameGuardTest : public ::testing::Test {
 protected:
  FrameGuardTest() { EXPECT_TRUE(Say(http2::Preface()).ok()); }

  absl::Status Say(const std::string& bytes) { return guard_->FromClient(bytes, passed_); }
  std::string Passed() { return std::exchange(passed_, ""); }
  // What the client is told, when gRPC is between two frames.
  std::string Told() {
    std::string told;
    guard_->TakeRefusals(told);
    return told;
  }
  static std::string Data(uint32_t stream, const std::string& bytes, uint8_t flags = 0) {
    return http2::Frame(http2::kData, flags, stream, bytes);
  }
  // A message so long, in frames as long as they may be, but for its last frame.
  std::string MostOf(uint32_t stream, int64_t length) {
    std::string frames = Data(stream, http2::Prefix(static_cast<uint32_t>(length)));
    for (int64_t sent = 0; sent + 16384 < length; sent += 16384) {
      frames += Data(stream, std::string(16384, 'x'));
    }
    return frames;
  }

  RequestAccounts accounts_;
  std::unique_ptr<FrameGuard> guard_ = std::make_unique<FrameGuard>(&accounts_, "10.0.0.7");
  std::string passed_;
};

TEST_F(FrameGuardTest, WhatIsAllowedPassesUnchangedHoweverItIsCut) {
  const std::string call = http2::Frame(http2::kSettings, 0, 0, "") + http2::Call(1, kPath) +
                           Data(1, http2::Prefix(3) + "abc", http2::kEndStream);
  Passed();
  for (const char byte : call) ASSERT_TRUE(Say(std::string(1, byte)).ok());
  EXPECT_EQ(Passed(), call);
  EXPECT_EQ(Told(), "");
  EXPECT_TRUE(guard_->has_called());
  const std::string answer = http2::Frame(http2::kSettings, 0, 0, "") +
                             http2::Frame(http2::kHeaders, http2::kEndHeaders, 1, "h") +
                             Data(1, "m") + http2::Frame(http2::kHeaders, 5, 1, "t");
  std::string heard;
  for (const char byte : answer) guard_->FromServer(std::string(1, byte), heard);
  EXPECT_EQ(heard, answer);
  EXPECT_EQ(accounts_.strangers.total(), 0);
}

// Issue 17: gRPC inflates 3 MB to 3 GB before anybody looks who sent it.
TEST_F(FrameGuardTest, ACompressedRequestIsRefusedAndTheConnectionGoesOn) {
  ASSERT_TRUE(Say(http2::Call(1, kPath)).ok());
  Passed();
  ASSERT_TRUE(Say(Data(1, http2::Prefix(100, true) + "gzip")).ok());
  EXPECT_EQ(Passed(), http2::Frame(http2::kReset, 0, 1, http2::Big32(8)));
  const std::vector<http2::Seen> told = http2::FramesOf(Told());
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].type, http2::kHeaders);
  EXPECT_EQ(told[0].flags, http2::kEndHeaders | http2::kEndStream);
  EXPECT_THAT(told[0].payload, HasSubstr("grpc-status\x02"
                                         "12"));
  EXPECT_THAT(told[0].payload, HasSubstr("compressed requests are refused"));
  EXPECT_EQ(told[1].type, http2::kReset);
  EXPECT_EQ(told[2].payload, http2::Big32(9));  // room for what gRPC did not see
  // The rest of it is dropped; another call passes.
  ASSERT_TRUE(Say(Data(1, std::string(96, 'x'), http2::kEndStream)).ok());
  EXPECT_EQ(Passed(), "");
  ASSERT_TRUE(Say(http2::Call(3, kPath) + Data(3, http2::Prefix(0))).ok());
  EXPECT_EQ(Passed(), http2::Call(3, kPath) + Data(3, http2::Prefix(0)));
}

// Issue 17: gRPC 1.51 buffers 4 GB of a message before it looks whether 4 GB are allowed.
TEST_F(FrameGuardTest, ALongMessageIsRefusedByItsPrefix) {
  const auto status_of = [&](uint32_t stream, uint32_t length) {
    EXPECT_TRUE(Say(http2::Call(stream, kPath)).ok());
    Passed();
    EXPECT_TRUE(Say(Data(stream, http2::Prefix(length))).ok());
    const std::string told = Told();
    return told.empty() ? "" : http2::FramesOf(told)[0].payload;
  };
  EXPECT_EQ(status_of(1, kTableRequest), "");
  EXPECT_THAT(status_of(3, kTableRequest + 1), HasSubstr("first call of a connection"));
  EXPECT_THAT(status_of(5, 0xffffffff), HasSubstr("4294967295 bytes"));
  guard_->SetKnown(kImportRequest);
  EXPECT_EQ(status_of(7, kImportRequest), "");
  EXPECT_THAT(status_of(9, kImportRequest + 1), HasSubstr("the limit is 67108864"));
}

TEST_F(FrameGuardTest, ARefusalWaitsForTheEndOfTheFrameThatGrpcWrites) {
  ASSERT_TRUE(Say(http2::Call(1, kPath) + http2::Call(3, kPath)).ok());
  const std::string answer = Data(3, "a long answer");
  std::string heard;
  guard_->FromServer(answer.substr(0, 12), heard);
  ASSERT_TRUE(Say(Data(1, http2::Prefix(1, true))).ok());
  EXPECT_EQ(Told(), "");
  guard_->FromServer(answer.substr(12), heard);
  ASSERT_GT(heard.size(), answer.size());
  EXPECT_EQ(heard.substr(0, answer.size()), answer);
  EXPECT_EQ(http2::FramesOf(heard)[1].type, http2::kHeaders);
}

TEST_F(FrameGuardTest, StrangersShareFewBytesAndGiveThemBack) {
  std::vector<std::unique_ptr<FrameGuard>> others;
  int taken = 0;
  for (int i = 0; i < 20; ++i) {
    others.push_back(std::make_unique<FrameGuard>(&accounts_, i < 10 ? "a" : "b"));
    std::string passed, told;
    ASSERT_TRUE(
        others.back()
            ->FromClient(http2::Preface() + http2::Call(1, kPath) + Data(1, http2::Prefix(1 << 20)),
                         passed)
            .ok());
    others.back()->TakeRefusals(told);
    taken += told.empty() ? 1 : 0;
  }
  EXPECT_EQ(taken, 3);  // two of one address, one of the other: frames cost a little too
  EXPECT_LE(accounts_.strangers.total(), kStrangersInFlight);
  others.clear();
  EXPECT_EQ(accounts_.strangers.total(), 0);
}

TEST_F(FrameGuardTest, AnEndedCallGivesItsBytesBack) {
  guard_->SetKnown(kImportRequest);
  for (uint32_t stream = 1; stream < 400; stream += 2) {
    ASSERT_TRUE(Say(http2::Call(stream, kPath) + Data(stream, http2::Prefix(30 << 20))).ok());
    EXPECT_EQ(Told(), "") << stream;
    std::string heard;
    if (stream % 4 == 1) {
      guard_->FromServer(http2::Frame(http2::kHeaders, 5, stream, "t"), heard);
    } else {
      ASSERT_TRUE(Say(http2::Frame(http2::kReset, 0, stream, http2::Big32(8))).ok());
    }
  }
  EXPECT_EQ(accounts_.large.total(), 0);
}

// gRPC holds each frame by itself: 64 KiB in frames of one byte take megabytes.
TEST_F(FrameGuardTest, FramesOfOneByteAreNotFree) {
  guard_->SetKnown(kTableRequest);
  std::string slow;
  uint32_t stream = 1;
  for (; Told().empty() && stream < 100; stream += 2) {
    slow = http2::Call(stream, kPath) + Data(stream, http2::Prefix(kSmallRequest));
    for (int64_t i = 0; i < kSmallRequest - 1; ++i) slow += Data(stream, "x");
    ASSERT_TRUE(Say(slow).ok());
    Passed();
  }
  EXPECT_EQ(stream / 2, 4u);
  EXPECT_LE(accounts_.small.total(), kSmallInFlightOfAddress);
}

TEST_F(FrameGuardTest, AStrangerMakesSoManyCallsAndFrames) {
  absl::Status status;
  uint32_t stream = 1;
  for (; status.ok() && stream < 1000; stream += 2) status = Say(http2::Call(stream, kPath, 5));
  EXPECT_EQ(stream / 2, kStrangerCalls + 1u);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none was admitted"));

  guard_ = std::make_unique<FrameGuard>(&accounts_, "10.0.0.8");
  status = Say(http2::Preface());
  int pings = 0;
  for (; status.ok() && pings < 5000; ++pings) {
    status = Say(http2::Frame(http2::kPing, 0, 0, "12345678"));
  }
  EXPECT_EQ(pings, kStrangerFrames + 1);

  guard_ = std::make_unique<FrameGuard>(&accounts_, "10.0.0.9");
  ASSERT_TRUE(Say(http2::Preface()).ok());
  guard_->SetKnown(kTableRequest);
  for (stream = 1; stream < 10'000; stream += 2) {
    ASSERT_TRUE(Say(http2::Call(stream, kPath, 5)).ok());
    std::string heard;
    guard_->FromServer(http2::Frame(http2::kHeaders, 5, stream, "t"), heard);
  }
}

TEST_F(FrameGuardTest, WhatIsNoHttp2EndsTheConnection) {
  const auto ends = [&](const std::string& bytes) {
    FrameGuard guard(&accounts_, "10.0.0.7");
    std::string passed;
    return std::string(guard.FromClient(bytes, passed).message());
  };
  const std::string preface = http2::Preface();
  EXPECT_THAT(ends("GET / HTTP/1.1\r\n\r\n"), HasSubstr("does not speak HTTP/2"));
  EXPECT_THAT(ends(preface + std::string(9, '\xff')), HasSubstr("a frame of 16777215 bytes"));
  EXPECT_THAT(ends(preface + http2::Frame(http2::kContinuation, 0, 1, "")), HasSubstr("not whole"));
  EXPECT_THAT(ends(preface + http2::Call(1, kPath, 0) + Data(1, "")), HasSubstr("not whole"));
  EXPECT_THAT(ends(preface + Data(1, "x", 8)), HasSubstr("padded"));
  std::string flood = preface + http2::Call(1, kPath, 0);
  for (int i = 0; i < 20; ++i) {
    flood += http2::Frame(http2::kContinuation, 0, 1, std::string(1000, '\0'));
  }
  EXPECT_THAT(ends(flood), HasSubstr("headers of more than 16384 bytes"));
  EXPECT_THAT(ends(preface + MostOf(1, 3 << 20)), HasSubstr("without a call that was admitted"));
}

}  // namespace
}  // namespace powerdown
