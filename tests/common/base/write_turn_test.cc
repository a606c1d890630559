#include "common/base/write_turn.h"

#include <gtest/gtest.h>

#include <thread>

namespace powerdown {
namespace {

TEST(TurnTest, IsTakenByOneAtATimeAndWaitedForNoLongerThanAsked) {
  WriteTurn turn;
  turn.Take();
  std::thread([&] { EXPECT_FALSE(turn.TakeWithin(absl::Milliseconds(1))); }).join();
  std::thread other([&] {
    ASSERT_TRUE(turn.TakeWithin(absl::Minutes(1)));
    const HeldTurn held(&turn);
  });
  turn.Give();
  other.join();
  ASSERT_TRUE(turn.TakeWithin(absl::ZeroDuration()));
  turn.Give();
}

TEST(TurnDeathTest, IsNotWaitedForWithAHotMutex) {
  WriteTurn turn;
  HotMutex mutex;
  HotLock lock(&mutex);
  EXPECT_DEBUG_DEATH(static_cast<void>(turn.TakeWithin(absl::ZeroDuration())), "HotMutex");
}

}  // namespace
}  // namespace powerdown
