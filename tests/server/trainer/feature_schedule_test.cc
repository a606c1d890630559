#include "server/trainer/feature_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace powerdown {
namespace {

TEST(FeatureScheduleTest, IsDueAtEvaluationsATenthApart) {
  FeatureSchedule schedule;
  std::vector<int64_t> due;
  for (int64_t step = 0; step <= 200; step += 10) {
    if (schedule.IsDue(step)) due.push_back(step);
  }
  EXPECT_THAT(due, testing::ElementsAre(0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 130, 150,
                                        170, 190));
}

}  // namespace
}  // namespace powerdown
