#include "client/cli/terminal/live_bills.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(LiveBillsTest, ParallelTakesTheStoppedRunsOwnEnergy) {
  const RunTrace usual = SampleTrace(1000);
  const RunTrace stopped = SampleTrace(790);
  LiveScene scene;
  scene.usual = &usual;
  scene.stopped = &stopped;
  scene.is_comparison = true;
  scene.end_step = 1450;
  const auto lines = LiveBills(scene, 79, Style(false));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_THAT(lines[1], HasSubstr("41.7 mWh"));
  EXPECT_THAT(lines[2], HasSubstr("32.9 mWh"));
  EXPECT_THAT(lines[3], HasSubstr("21.0% so far"));
}

TEST(LiveBillsTest, SingleRunHasOneBill) {
  const RunTrace usual = SampleTrace(1000);
  LiveScene scene;
  scene.usual = &usual;
  const auto lines = LiveBills(scene, 79, Style(false));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[1], HasSubstr("so far"));
  EXPECT_THAT(lines[1], HasSubstr("19.7 mg"));
}

}  // namespace
}  // namespace powerdown
