#include "server/door/descriptor_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "server/door/limits.h"

namespace powerdown {
namespace {

TEST(DescriptorPlanTest, ConnectionsNeverReachTheNumbersOfTheSocket) {
  for (int limit = 64; limit < 100'000; limit = limit * 5 / 4) {
    const DescriptorPlan plan = PlanDescriptors(limit);
    const int taken = 3 * plan.most_connections + plan.most_waiting;
    EXPECT_GT(plan.most_connections, 0) << limit;
    EXPECT_GT(plan.most_of_owner, 0) << limit;
    EXPECT_LE(taken + std::min(limit, 4096) / 16, plan.first_of_owner)
        << limit;  // and some for all else
    EXPECT_LE(plan.first_of_owner + plan.most_of_owner, limit);
  }
}

TEST(DescriptorPlanTest, AnOrdinaryLimitGivesWhatIsStated) {
  const DescriptorPlan plan = PlanDescriptors(20'000);
  EXPECT_EQ(plan.most_connections, kMostConnections);
  EXPECT_EQ(plan.most_waiting, kMostWaiting);
  EXPECT_EQ(plan.most_of_owner, kMostOwnerConnections);
  EXPECT_GE(RaiseDescriptorLimit(), 64);
}

}  // namespace
}  // namespace powerdown
