#include "common/log/log_assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

LogStep Step(int64_t step, std::optional<double> train, std::optional<double> validation,
             int64_t attempt = 1) {
  LogStep made;
  made.attempt = attempt;
  made.step = step;
  if (train) made.Set(LogField::kTrainAccuracy, *train);
  if (validation) made.Set(LogField::kValidationAccuracy, *validation);
  return made;
}

LogStep Energy(int64_t step, double joules, int64_t attempt = 1) {
  LogStep made = Step(step, 1, 1, attempt);
  made.Set(LogField::kEnergy, joules);
  return made;
}

TEST(LogAssemblyTest, RowsOfOneStepAreOneReportWhateverTheirOrder) {
  // All of training first, then all of validation: what some loggers write.
  const RunLog log = *AssembleLog({Step(10, 0.5, {}), Step(20, 0.9, {}), Step(10, {}, 0.1),
                                   Step(15, {}, 0.15), Step(20, {}, 0.2)},
                                  {});
  ASSERT_EQ(log.reports.size(), 3u);
  EXPECT_EQ(log.reports[0].evaluation.train_accuracy, 0.5);
  EXPECT_EQ(log.reports[0].evaluation.validation_accuracy, 0.1);
  EXPECT_EQ(log.reports[1].evaluation.train_accuracy, 0.5);  // of step 10
  EXPECT_THAT(log.remarks, Contains(HasSubstr("1 step with validation have the train accuracy")));
}

TEST(LogAssemblyTest, AStepWithoutValidationIsNoEvaluation) {
  const RunLog log = *AssembleLog({Step(10, 0.5, 0.1), Step(20, 0.9, {})}, {});
  EXPECT_TRUE(IsEvaluated(log.reports[0].evaluation));
  EXPECT_FALSE(IsEvaluated(log.reports[1].evaluation));
  EXPECT_FALSE(log.reports[1].evaluation.train_loss.has_value());
  EXPECT_THAT(AssembleLog({Step(10, 0.5, {})}, {}).status().message(),
              HasSubstr("no step with both"));
}

TEST(LogAssemblyTest, PercentIsToldFromFractionsOrAskedFor) {
  EXPECT_EQ(AssembleLog({Step(1, 99.5, 2)}, {})->reports[0].evaluation.validation_accuracy, 0.02);
  EXPECT_THAT(AssembleLog({Step(1, 99.5, 2)}, {})->remarks, Contains("accuracies are in percent"));
  EXPECT_EQ(AssembleLog({Step(1, 1.0001, 0.02)}, {})->reports[0].evaluation.train_accuracy, 1);
  EXPECT_THAT(AssembleLog({Step(1, 1.2, 0.02)}, {}).status().message(),
              HasSubstr("accuracies go up to 1.2: they may be fractions or percent; say which"));
  EXPECT_EQ(AssembleLog({Step(1, 1.2, 0.02)}, {.columns = {}, .is_percent = true})
                ->reports[0]
                .evaluation.train_accuracy,
            0.012);
  EXPECT_THAT(
      AssembleLog({Step(1, 1.2, 0.02)}, {.columns = {}, .is_percent = false}).status().message(),
      HasSubstr("train_accuracy is 1.2 at step 1; allowed"));
}

TEST(LogAssemblyTest, PercentThatNeverPassesOneIsAskedFor) {
  std::vector<LogStep> chance;
  for (int step = 1; step <= 40; ++step) {
    chance.push_back(Step(step, 0.7 + 0.01 * (step * 7 % 24), 0.8));
  }
  EXPECT_FALSE(AssembleLog(chance, {}).ok());  // a level without a direction, and no loss
  for (LogStep& step : chance) step.Set(LogField::kTrainLoss, 4.7);
  EXPECT_FALSE(AssembleLog(chance, {}).ok());  // what is right so often has a smaller loss
  for (LogStep& step : chance) step.Set(LogField::kTrainLoss, 0.6);
  EXPECT_TRUE(AssembleLog(chance, {}).ok());
}

TEST(LogAssemblyTest, EnergyThatBeginsAnewIsAddedUpAndItsGapTold) {
  const RunLog log = *AssembleLog(
      {Energy(0, 0), Energy(100, 10), Energy(200, 20), Energy(300, 5), Energy(400, 15)}, {});
  EXPECT_EQ(log.reports.back().energy, Joules(35));
  EXPECT_DOUBLE_EQ(log.energy_coverage, 0.75);  // 200 to 300 of 400 steps
  EXPECT_THAT(log.remarks, Contains("energy begins anew 1 time: added up"));
}

TEST(LogAssemblyTest, AttemptsWithTheirOwnEnergyAddUpWithoutAGap) {
  const RunLog log =
      *AssembleLog({Energy(0, 0, 1), Energy(100, 10, 1), Energy(50, 0, 2), Energy(100, 8, 2)}, {});
  EXPECT_EQ(log.reports.back().energy, Joules(18));
  EXPECT_DOUBLE_EQ(log.energy_coverage, 1);
  const RunLog silent = *AssembleLog({Step(0, 1, 1), Energy(50, 5), Step(100, 1, 1)}, {});
  EXPECT_DOUBLE_EQ(silent.energy_coverage, 0);  // nothing is known of either half
  EXPECT_THAT(AssembleLog({Energy(0, 0), Energy(1, 1)}, {})->remarks, IsEmpty());
}

}  // namespace
}  // namespace powerdown
