#include "server/stop_watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(StopWatchdogTest, SaysWhatHangsWhenTheTimeIsOver) {
  std::string told;
  absl::Notification has_told;
  StopWatchdog watchdog(absl::Milliseconds(1), [&](const std::string& line) {
    told = line;
    has_told.Notify();
  });
  watchdog.Await("the workers to end");
  watchdog.Begin();
  watchdog.Begin();
  has_told.WaitForNotification();
  EXPECT_THAT(told, HasSubstr("did not stop within 1ms: it still waits for the workers to end"));
}

TEST(StopWatchdogTest, IsSilentWhereNothingIsStoppedOrItStopsInTime) {
  bool has_told = false;
  {
    StopWatchdog never(absl::ZeroDuration(), [&](const std::string&) { has_told = true; });
  }
  {
    StopWatchdog in_time(absl::Minutes(1), [&](const std::string&) { has_told = true; });
    in_time.Begin();
  }
  EXPECT_FALSE(has_told);
}

}  // namespace
}  // namespace powerdown
