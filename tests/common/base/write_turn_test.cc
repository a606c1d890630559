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
    if (turn.TakeWithin(absl::Minutes(1))) {
      const HeldTurn held(&turn);
    } else {
      ADD_FAILURE() << "was given back, and is not to be had";
    }
  });
  turn.Give();
  other.join();
  if (turn.TakeWithin(absl::ZeroDuration())) {
    turn.Give();
  } else {
    ADD_FAILURE() << "is free, and not to be had";
  }
}

TEST(TurnDeathTest, IsNotWaitedForWithAHotMutex) {
  WriteTurn turn;
  HotMutex mutex;
  HotLock lock(&mutex);
  EXPECT_DEBUG_DEATH(static_cast<void>(turn.TakeWithin(absl::ZeroDuration())), "HotMutex");
}

}  // namespace
}  // namespace powerdown
