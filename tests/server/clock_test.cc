#include "server/clock.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(ClockTest, RealClocksGoForward) {
  RealClock clock;
  const Instant first = clock.Now();
  const Instant second = clock.Now();
  EXPECT_GE(second.monotonic, first.monotonic);
  EXPECT_GE(first.boottime, first.monotonic);
  EXPECT_GT(first.wall, absl::FromUnixSeconds(1'700'000'000));
}

}  // namespace
}  // namespace powerdown
