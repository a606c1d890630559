#include <gmock/gmock.h>

#include "common/energy/box_ledger.h"
#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

std::vector<double> JoulesOf(const absl::StatusOr<std::vector<LedgerInterval>>& intervals) {
  std::vector<double> joules;
  for (const LedgerInterval& interval : intervals.value()) {
    joules.push_back(interval.joules.value());
  }
  return joules;
}

class StoreLedgerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(StoreLedgerTest, AnIntervalComesBackBitForBit) {
  LedgerInterval interval = ExampleInterval("quiz/01q", 3, 0.1 + 0.2);
  interval.end += absl::Microseconds(1);
  interval.coverage = 1.0 / 3;
  store_->Append(interval, "boot");
  interval.start += absl::Seconds(1);
  interval.net = Joules(0);
  interval.baseline = Watts(-0.5);
  store_->Append(interval, "boot");
  ASSERT_TRUE(store_->Commit().ok());
  const auto stored = *store_->ReadLedger("quiz/01q");
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[0].joules, Joules(0.1 + 0.2));
  EXPECT_EQ(stored[0].end, interval.end);
  EXPECT_EQ(stored[0].coverage, 1.0 / 3);
  EXPECT_FALSE(stored[0].net.has_value() || stored[0].baseline.has_value());
  EXPECT_EQ(stored[1].net, Joules(0));
  EXPECT_EQ(stored[1].baseline, Watts(-0.5));
}

TEST_F(StoreLedgerTest, TheSameIntervalIsReplacedAndAnotherBootsIsNot) {
  const std::string consumer = AttemptConsumer("01a", 1);
  store_->Append(ExampleInterval(consumer, 5, 1), "boot");
  store_->Append(ExampleInterval(consumer, 5, 2), "boot");
  store_->Append(ExampleInterval(consumer, 5, 4), "next boot");
  ASSERT_TRUE(store_->Commit().ok());
  store_->Append(ExampleInterval(consumer, 5, 3), "boot");
  ASSERT_TRUE(store_->Commit().ok());
  EXPECT_THAT(JoulesOf(store_->ReadLedger(consumer)), ::testing::UnorderedElementsAre(3, 4));
}

TEST_F(StoreLedgerTest, ReadsOneConsumerOrAllOfARun) {
  store_->Append(ExampleInterval("run/01a/1", 7, 1), "boot");
  store_->Append(ExampleInterval("run/01a/10", 6, 2), "boot");
  store_->Append(ExampleInterval("run/01ab/1", 5, 4), "boot");
  store_->Append(ExampleInterval(kUnattributed, 4, 8), "boot");
  ASSERT_TRUE(store_->Commit().ok());
  EXPECT_THAT(JoulesOf(store_->ReadLedger("run/01a/1")), ::testing::ElementsAre(1));
  EXPECT_THAT(JoulesOf(store_->ReadLedger("run/01a/")), ::testing::ElementsAre(2, 1));
  EXPECT_THAT(JoulesOf(store_->ReadLedger("run/")), ::testing::ElementsAre(4, 2, 1));
  EXPECT_THAT(JoulesOf(store_->ReadLedger(kUnattributed)), ::testing::ElementsAre(8));
}

TEST_F(StoreLedgerTest, TotalsAddUpToTheSameFigureAsTheirIntervals) {
  for (int i = 0; i < 6; ++i) {
    LedgerInterval interval = ExampleInterval("run/01a/" + std::to_string(1 + i % 2), 10 * i, i);
    interval.end += absl::Milliseconds(100 * i);
    interval.device = i < 3 ? "cpu" : "gpu-1";
    interval.source = i == 5 ? "nvml-counter" : "rapl";
    interval.variance = i;
    interval.net_low = Joules(0.4 * i);
    interval.net_high = Joules(0.6 * i);
    interval.net = Joules(0.5 * i);
    interval.baseline = Watts(3 + i);
    interval.coverage = 1 - 0.1 * i;
    store_->Append(interval, "boot");
    interval.consumer = "run/01b/1";
    if (i == 4) interval.net.reset();
    if (i == 2) interval.baseline.reset();
    store_->Append(interval, "boot");
  }
  ASSERT_TRUE(store_->Commit().ok());
  const auto totals = *store_->ReadLedgerTotals({"run/01a/", "run/01b/", "run/01c/"});
  ASSERT_EQ(totals.size(), 3u);
  for (const size_t i : {0, 1}) {
    const auto sum = SumIntervals(totals[i]);
    const auto expected = SumIntervals(*store_->ReadLedger(i == 0 ? "run/01a/" : "run/01b/"));
    ASSERT_TRUE(sum && expected);
    EXPECT_NEAR(sum->gross.value(), expected->gross.value(), 1e-9);
    EXPECT_NEAR(sum->coverage, expected->coverage, 1e-9);
    EXPECT_EQ(sum->source, "mixed");
    EXPECT_NEAR(sum->low.value(), expected->low.value(), 1e-9);
    EXPECT_NEAR(sum->net_high->value(), expected->net_high->value(), 1e-9);
    EXPECT_EQ(sum->net.has_value(), i == 0);
    EXPECT_EQ(sum->baseline.has_value(), i == 0);
    EXPECT_NEAR(sum->baseline.value_or(Watts(0)).value(),
                expected->baseline.value_or(Watts(0)).value(), 1e-9);
    EXPECT_NEAR(sum->net.value_or(Joules(0)).value(), expected->net.value_or(Joules(0)).value(),
                1e-9);
  }
  EXPECT_TRUE(totals[2].empty());
}

TEST_F(StoreLedgerTest, BoxTotalsLeaveOutRunsFromElsewhere) {
  store_->Append(ExampleInterval("run/01a/1", 0, 50), "boot");
  store_->Append(ExampleInterval("run/01b/2", 0, 7), "other boot");
  store_->Append(ExampleInterval(kUnattributed, 9, 3), "boot");
  ASSERT_TRUE(store_->Commit().ok());
  RunBundle bundle;
  bundle.run.run_id = "01c";
  bundle.ledger.push_back(ExampleInterval("run/01c/1", 0, 1000));
  ASSERT_TRUE(store_->ImportRuns({bundle}, "").ok());
  const auto ledger = BoxLedgerOf(*store_->ReadBoxTotals());
  ASSERT_TRUE(ledger.has_value());
  EXPECT_EQ(ledger->runs, Joules(57));
  EXPECT_EQ(ledger->total, Joules(60));
}

TEST_F(StoreLedgerTest, AnEstimateBesideAMeterStaysBesideTheTotal) {
  LedgerInterval interval = ExampleInterval("run/01a/1", 0, 50);
  interval.source = kEstimateSource;
  store_->Append(interval, "boot");
  interval.device = "gpu-1";
  interval.source = "nvml-counter";
  store_->Append(interval, "boot");
  ASSERT_TRUE(store_->Commit().ok());
  const auto sum = SumIntervals((*store_->ReadLedgerTotals({"run/01a/"}))[0]);
  EXPECT_EQ(sum->gross, Joules(50));
  EXPECT_EQ(sum->estimated, Joules(50));
  EXPECT_EQ(sum->scope, "gpu-only");
}

TEST_F(StoreLedgerTest, CountersAreOfTheirBoot) {
  store_->Append(CounterPosition{"cpu", "1.5 2", absl::Seconds(7), "boot"});
  store_->Append(CounterPosition{"cpu", "2.5 3", absl::Seconds(8), "boot"});
  store_->Append(CounterPosition{"gpu-1", "9", absl::Seconds(8), "earlier boot"});
  ASSERT_TRUE(store_->Commit().ok());
  const auto counters = *store_->ReadCounters("boot");
  ASSERT_EQ(counters.size(), 1u);
  EXPECT_EQ(counters[0].position, "2.5 3");
  EXPECT_EQ(counters[0].read_at, absl::Seconds(8));
}

TEST_F(StoreLedgerTest, CalibrationLevelsAreKeptUntilForgotten) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  ASSERT_TRUE(store_->PutCalibrationLevel({"cpu", Watts(50), Watts(60), time}).ok());
  ASSERT_TRUE(
      store_->PutCalibrationLevel({"cpu", Watts(9), Watts(12), time + absl::Seconds(1)}).ok());
  const auto levels = *store_->ReadCalibrationLevels("cpu");
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].plug, Watts(60));
  EXPECT_EQ(levels[1].sensor, Watts(9));
  ASSERT_TRUE(store_->ForgetCalibration("cpu").ok());
  EXPECT_TRUE(store_->ReadCalibrationLevels("cpu")->empty());
}

TEST_F(StoreLedgerTest, LedgerRowsTakeNoRevision) {
  InsertOrDie(*store_, ExampleRun("01a"));
  store_->Append(ExampleInterval("run/01a/1", 7, 1), "boot");
  EXPECT_EQ(*store_->Commit(), 0);
  store_->Append(ExampleReport("01a", 1));
  EXPECT_EQ(*store_->Commit(), 1);
}

TEST_F(StoreLedgerTest, ABaselineIsTheLastOneOfItsDevice) {
  EXPECT_FALSE(store_->FindBaseline("cpu")->has_value());
  StoredBaseline baseline{"cpu", Watts(10), Watts(9), Watts(11), ExampleTime(1), "boot"};
  ASSERT_TRUE(store_->PutBaseline(baseline).ok());
  baseline.power = Watts(0.1 + 0.2);
  baseline.measured_at = ExampleTime(2);
  ASSERT_TRUE(store_->PutBaseline(baseline).ok());
  const auto stored = *store_->FindBaseline("cpu");
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->power, Watts(0.1 + 0.2));
  EXPECT_EQ(stored->high, Watts(11));
  EXPECT_EQ(stored->measured_at, ExampleTime(2));
  EXPECT_EQ(stored->boot_id, "boot");
}

}  // namespace
}  // namespace powerdown
