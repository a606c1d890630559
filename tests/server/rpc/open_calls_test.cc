#include "server/rpc/open_calls.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

Instant At(absl::Duration monotonic) {
  Instant now;
  now.monotonic = monotonic;
  return now;
}

TEST(OpenCallsTest, ACallThatIsNotRemovedExpiresOnceAtItsLimit) {
  OpenCalls calls;
  int expired = 0;
  calls.Add([&] { ++expired; });
  const int64_t other = calls.Add([&] { expired += 100; });
  const absl::Duration begin = absl::Hours(5);  // a box that is up for long
  calls.Tick(At(begin));
  calls.Tick(At(begin + kLongestCall - absl::Milliseconds(1)));
  EXPECT_EQ(expired, 0);
  calls.Remove(other);
  calls.Tick(At(begin + kLongestCall));
  calls.Tick(At(begin + 2 * kLongestCall));
  EXPECT_EQ(expired, 1);
}

}  // namespace
}  // namespace powerdown
