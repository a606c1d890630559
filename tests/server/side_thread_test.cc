#include "server/side_thread.h"

#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

TEST(SideThreadTest, WorksUntilThereIsNoneAndLooksAgainAtATick) {
  int left = 3;
  int calls = 0;
  absl::Notification first_round;
  absl::Notification second_round;
  SideThread thread({[&] {
                       ++calls;
                       return --left > 0;
                     },
                     [&] {
                       (first_round.HasBeenNotified() ? second_round : first_round).Notify();
                       return false;
                     }});
  thread.Tick();
  first_round.WaitForNotification();
  EXPECT_EQ(calls, 3);
  thread.Tick();
  second_round.WaitForNotification();
  EXPECT_EQ(calls, 4);
}

TEST(SideThreadTest, LooksForWorkEveryPeriodWithoutATick) {
  std::atomic<int> looks = 0;
  absl::Notification third;
  const SideThread thread({[&] {
                            if (++looks == 3) third.Notify();
                            return false;
                          }},
                          0, absl::Milliseconds(1));
  third.WaitForNotification();
}

TEST(SideThreadTest, EndsBetweenTwoPartsOfItsWork) {
  absl::Notification has_begun;
  std::atomic<bool> has_ended = false;
  {
    SideThread thread({[&] {
      if (!has_begun.HasBeenNotified()) has_begun.Notify();
      has_ended = true;
      return true;  // there is always more
    }});
    thread.Tick();
    has_begun.WaitForNotification();
  }
  EXPECT_TRUE(has_ended);
}

}  // namespace
}  // namespace powerdown
