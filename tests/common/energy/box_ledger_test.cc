#include "common/energy/box_ledger.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

LedgerInterval Booked(std::string consumer, double joules, std::optional<double> net = {}) {
  LedgerInterval interval;
  interval.consumer = std::move(consumer);
  interval.joules = Joules(joules);
  interval.low = Joules(joules * 0.9);
  interval.high = Joules(joules * 1.1);
  if (net) interval.net = Joules(*net);
  interval.source = "rapl";
  return interval;
}

TEST(BoxLedgerTest, PartsAddUpToTheTotal) {
  const auto ledger = BoxLedgerOf({Booked("run/", 60, 40), Booked("quiz/", 5, 5),
                                   Booked(kUnattributed, 30, 10), Booked(kUnattributed, 7)});
  ASSERT_TRUE(ledger.has_value());
  EXPECT_EQ(ledger->runs, Joules(60));
  EXPECT_EQ(ledger->quizzes, Joules(5));
  EXPECT_EQ(ledger->at_rest, Joules(20));
  EXPECT_EQ(ledger->unattributed, Joules(17));
  EXPECT_EQ(ledger->total, Joules(102));
  EXPECT_NEAR(ledger->low.value(), 91.8, 1e-9);
  EXPECT_EQ(ledger->runs + ledger->quizzes + *ledger->at_rest + ledger->unattributed,
            ledger->total);
}

TEST(BoxLedgerTest, RestThatWasNeverLearnedIsUnknownNotZero) {
  const auto ledger = BoxLedgerOf({Booked("run/", 60), Booked(kUnattributed, 7)});
  EXPECT_FALSE(ledger->at_rest.has_value());
  EXPECT_EQ(ledger->unattributed, Joules(7));
}

TEST(BoxLedgerTest, SourcesThatDifferAreMixed) {
  LedgerInterval other = Booked("run/", 1);
  other.source = "nvml-counter";
  EXPECT_EQ(BoxLedgerOf({Booked("run/", 1), other})->source, "mixed");
  EXPECT_EQ(BoxLedgerOf({Booked("run/", 1)})->source, "rapl");
}

TEST(BoxLedgerTest, EstimatesStandBesideWhatMetersRead) {
  LedgerInterval estimated = Booked("run/", 50);
  estimated.source = kEstimateSource;
  estimated.device = "cpu";
  LedgerInterval gpu = Booked("run/", 7);
  gpu.device = "gpu-1";
  EXPECT_EQ(BoxLedgerOf({estimated})->total, Joules(50));
  EXPECT_EQ(BoxLedgerOf({estimated, gpu})->total, Joules(7));
  EXPECT_EQ(BoxLedgerOf({estimated, gpu})->source, "rapl");
  gpu.device = "cpu";  // measured at other times
  EXPECT_EQ(BoxLedgerOf({estimated, gpu})->total, Joules(57));
}

TEST(BoxLedgerTest, NothingBookedIsNotZero) {
  EXPECT_EQ(BoxLedgerOf({}), std::nullopt);
}

}  // namespace
}  // namespace powerdown
