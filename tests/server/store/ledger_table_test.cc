#include "server/store/ledger_table.h"

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

class LedgerTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(LedgerTableTest, AnIntervalComesBackBitForBit) {
  LedgerInterval interval = ExampleInterval("quiz/01q", 3, 0.1 + 0.2);
  interval.end += absl::Microseconds(1);
  interval.coverage = 1.0 / 3;
  store_->group().Append(interval, "boot");
  interval.start += absl::Seconds(1);
  interval.net = Joules(0);
  interval.baseline = Watts(-0.5);
  store_->group().Append(interval, "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto stored = *store_->ledger().Read("quiz/01q");
  ASSERT_EQ(stored.size(), 2u);
  EXPECT_EQ(stored[0].joules, Joules(0.1 + 0.2));
  EXPECT_EQ(stored[0].end, interval.end);
  EXPECT_EQ(stored[0].coverage, 1.0 / 3);
  EXPECT_FALSE(stored[0].net.has_value() || stored[0].baseline.has_value());
  EXPECT_EQ(stored[1].net, Joules(0));
  EXPECT_EQ(stored[1].baseline, Watts(-0.5));
}

TEST_F(LedgerTableTest, TheSameIntervalIsReplacedAndAnotherBootsIsNot) {
  const std::string consumer = AttemptConsumer("01a", 1);
  store_->group().Append(ExampleInterval(consumer, 5, 1), "boot");
  store_->group().Append(ExampleInterval(consumer, 5, 2), "boot");
  store_->group().Append(ExampleInterval(consumer, 5, 4), "next boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  store_->group().Append(ExampleInterval(consumer, 5, 3), "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_THAT(JoulesOf(store_->ledger().Read(consumer)), ::testing::UnorderedElementsAre(3, 4));
}

TEST_F(LedgerTableTest, ReadsOneConsumerOrAllOfARun) {
  store_->group().Append(ExampleInterval("run/01a/1", 7, 1), "boot");
  store_->group().Append(ExampleInterval("run/01a/10", 6, 2), "boot");
  store_->group().Append(ExampleInterval("run/01ab/1", 5, 4), "boot");
  store_->group().Append(ExampleInterval(kUnattributed, 4, 8), "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_THAT(JoulesOf(store_->ledger().Read("run/01a/1")), ::testing::ElementsAre(1));
  EXPECT_THAT(JoulesOf(store_->ledger().Read("run/01a/")), ::testing::ElementsAre(2, 1));
  EXPECT_THAT(JoulesOf(store_->ledger().Read("run/")), ::testing::ElementsAre(4, 2, 1));
  EXPECT_THAT(JoulesOf(store_->ledger().Read(kUnattributed)), ::testing::ElementsAre(8));
}

TEST_F(LedgerTableTest, TotalsAddUpToTheSameFigureAsTheirIntervals) {
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
    store_->group().Append(interval, "boot");
    interval.consumer = "run/01b/1";
    if (i == 4) interval.net.reset();
    if (i == 2) interval.baseline.reset();
    store_->group().Append(interval, "boot");
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto totals = *store_->ledger().ReadTotals({"run/01a/", "run/01b/", "run/01c/"});
  ASSERT_EQ(totals.size(), 3u);
  for (const size_t i : {0, 1}) {
    const auto sum = SumIntervals(totals[i]);
    const auto expected = SumIntervals(*store_->ledger().Read(i == 0 ? "run/01a/" : "run/01b/"));
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

TEST_F(LedgerTableTest, BoxTotalsLeaveOutRunsFromElsewhere) {
  store_->group().Append(ExampleInterval("run/01a/1", 0, 50), "boot");
  store_->group().Append(ExampleInterval("run/01b/2", 0, 7), "other boot");
  store_->group().Append(ExampleInterval(kUnattributed, 9, 3), "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  RunBundle bundle;
  bundle.run.run_id = "01c";
  bundle.ledger.push_back(ExampleInterval("run/01c/1", 0, 1000));
  ASSERT_TRUE(ImportOf(*store_, {bundle}, "").ok());
  const auto ledger = BoxLedgerOf(*store_->ledger().ReadBoxTotals());
  ASSERT_TRUE(ledger.has_value());
  EXPECT_EQ(ledger->runs, Joules(57));
  EXPECT_EQ(ledger->total, Joules(60));
}

TEST_F(LedgerTableTest, AnEstimateBesideAMeterStaysBesideTheTotal) {
  LedgerInterval interval = ExampleInterval("run/01a/1", 0, 50);
  interval.source = kEstimateSource;
  store_->group().Append(interval, "boot");
  interval.device = "gpu-1";
  interval.source = "nvml-counter";
  store_->group().Append(interval, "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto sum = SumIntervals((*store_->ledger().ReadTotals({"run/01a/"}))[0]);
  EXPECT_EQ(sum->gross, Joules(50));
  EXPECT_EQ(sum->estimated, Joules(50));
  EXPECT_EQ(sum->scope, "gpu-only");
}

TEST_F(LedgerTableTest, CountersAreOfTheirBoot) {
  store_->group().Append(CounterPosition{"cpu", "1.5 2", absl::Seconds(7), "boot"});
  store_->group().Append(CounterPosition{"cpu", "2.5 3", absl::Seconds(8), "boot"});
  store_->group().Append(CounterPosition{"gpu-1", "9", absl::Seconds(8), "earlier boot"});
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto counters = *store_->ledger().ReadCounters("boot");
  ASSERT_EQ(counters.size(), 1u);
  EXPECT_EQ(counters[0].position, "2.5 3");
  EXPECT_EQ(counters[0].read_at, absl::Seconds(8));
}

TEST_F(LedgerTableTest, LedgerRowsTakeNoRevision) {
  InsertOrDie(*store_, ExampleRun("01a"));
  store_->group().Append(ExampleInterval("run/01a/1", 7, 1), "boot");
  EXPECT_EQ(*store_->group().Commit(), 0);
  store_->group().Append(ExampleReport("01a", 1));
  EXPECT_EQ(*store_->group().Commit(), 1);
}

}  // namespace
}  // namespace powerdown
