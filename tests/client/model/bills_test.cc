#include "client/model/bills.h"

#include <gtest/gtest.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

TEST(BillsTest, BeforeTheStopBothBillsAreTheSameAndNothingIsSaved) {
  const Bills bills = BillsSoFar(SampleTrace(400), nullptr, std::nullopt, DefaultFactors());
  EXPECT_EQ(bills.usual->energy, Joules(60));
  EXPECT_EQ(bills.stopped->energy, Joules(60));
  EXPECT_FALSE(bills.saved || bills.share || bills.is_final);
}

TEST(BillsTest, AfterTheStopTheStoppedBillStandsStill) {
  const RunTrace usual = SampleTrace(1000);
  const Bills bills = BillsSoFar(usual, nullptr, StopStepOf(usual, nullptr), DefaultFactors());
  EXPECT_DOUBLE_EQ(bills.usual->energy.value(), 150);
  EXPECT_DOUBLE_EQ(bills.stopped->energy.value(), 0.15 * 790);
  EXPECT_DOUBLE_EQ(bills.saved->energy.value(), 150 - 0.15 * 790);
  EXPECT_NEAR(*bills.share, 0.21, 1e-9);
}

TEST(BillsTest, ParallelTakesTheStoppedRunsOwnEnergy) {
  const RunTrace usual = SampleTrace(1000);
  const RunTrace stopped = SampleTrace(790);
  EXPECT_EQ(StopStepOf(usual, &stopped), 790);
  const Bills bills = BillsSoFar(usual, &stopped, 790, DefaultFactors());
  EXPECT_DOUBLE_EQ(bills.stopped->energy.value(), 0.15 * 790);
}

TEST(BillsTest, StoppedRunThatHasNotReportedHasNoBill) {
  const RunTrace not_started;
  const Bills bills = BillsSoFar(SampleTrace(100), &not_started, std::nullopt, DefaultFactors());
  EXPECT_TRUE(bills.usual);
  EXPECT_FALSE(bills.stopped || bills.saved);
}

TEST(BillsTest, AttemptThatHasNotReachedTheStopAgainHasNoStoppedBillYet) {
  RunTrace usual = SampleTrace(1000);
  StepReport again = SampleReport(500, 999);
  again.attempt = 2;
  usual.Apply(again);
  const Bills bills = BillsSoFar(usual, nullptr, StopStepOf(usual, nullptr), DefaultFactors());
  EXPECT_TRUE(bills.usual);
  EXPECT_FALSE(bills.stopped || bills.saved);
}

TEST(BillsTest, AfterTheEndTheDaemonsFiguresStand) {
  const Comparison comparison = SampleComparison();
  const Bills bills = BillsOf(comparison, RunTrace(), nullptr);
  EXPECT_TRUE(bills.is_final);
  EXPECT_EQ(bills.usual->energy, comparison.usual.energy->gross);
  EXPECT_EQ(bills.saved->energy, comparison.saved->gross);
  EXPECT_EQ(bills.share, 0.455);
  EXPECT_EQ(StopStepOf(comparison, RunTrace(), nullptr), 790);
}

}  // namespace
}  // namespace powerdown
