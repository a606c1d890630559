#include "common/platform/call_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Minutes(1);
constexpr absl::Duration kShort = absl::Milliseconds(1);

TEST(CallThreadTest, GivesTheAnswerOrTheError) {
  CallThread side("the driver");
  EXPECT_EQ(*side.Ask<int>([] { return 7; }, kLong), 7);
  EXPECT_TRUE(absl::IsNotFound(
      side.Ask<int>([] { return absl::NotFoundError("no such card"); }, kLong).status()));
}

TEST(CallThreadTest, GivesUpOnWhatHangsRefusesMeanwhileAndGoesOnAfterwards) {
  CallThread side("the driver");
  auto release = std::make_shared<absl::Notification>();
  const absl::Status hangs = side.Run([release] { release->WaitForNotification(); }, kShort);
  EXPECT_TRUE(absl::IsUnavailable(hangs)) << hangs;
  EXPECT_EQ(hangs.message(), "the driver has not answered for 1ms");
  const absl::Time before = absl::Now();
  EXPECT_TRUE(absl::IsUnavailable(side.Run([] {}, kLong)));  // without waiting
  EXPECT_LT(absl::Now() - before, kLong / 2);
  release->Notify();
  while (!side.Run([] {}, kLong).ok()) {
  }
}

TEST(CallThreadTest, WhatWasPostedIsDoneLaterAndItsNumberIsBounded) {
  CallThread side("the driver");
  auto release = std::make_shared<absl::Notification>();
  auto begun = std::make_shared<absl::Notification>();
  const auto hang = [begun, release] {
    begun->Notify();
    release->WaitForNotification();
  };
  EXPECT_FALSE(side.Run(hang, kShort).ok());
  begun->WaitForNotification();  // so that it waits no longer itself
  auto done = std::make_shared<std::atomic<size_t>>(0);
  for (size_t i = 0; i < 2 * CallThread::kMostWaiting; ++i) side.Post([done] { ++*done; });
  release->Notify();
  while (!side.Run([] {}, kLong).ok()) {
  }
  EXPECT_EQ(*done, CallThread::kMostWaiting);
}

TEST(CallThreadTest, CancelFreesWhoWaits) {
  CallThread side("the driver");
  auto release = std::make_shared<absl::Notification>();
  auto begun = std::make_shared<absl::Notification>();
  std::thread canceller([&] {
    begun->WaitForNotification();
    side.Cancel();
  });
  const absl::Status freed = side.Run(
      [release, begun] {
        begun->Notify();
        release->WaitForNotification();
      },
      kLong);
  EXPECT_TRUE(absl::IsCancelled(freed)) << freed;
  EXPECT_TRUE(absl::IsCancelled(side.Run([] {}, kLong)));
  release->Notify();
  canceller.join();
}

TEST(CallThreadTest, EndsThoughItsThreadHangs) {
  auto release = std::make_shared<absl::Notification>();
  {
    CallThread side("the driver");
    EXPECT_FALSE(side.Run([release] { release->WaitForNotification(); }, kShort).ok());
    EXPECT_FALSE(CallThread::IsAnyLeft());
  }
  EXPECT_TRUE(CallThread::IsAnyLeft());
  release->Notify();
  while (CallThread::IsAnyLeft()) std::this_thread::yield();
}

}  // namespace
}  // namespace powerdown
