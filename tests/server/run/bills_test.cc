#include "server/run/bills.h"

#include <gtest/gtest.h>

#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class BillsTest : public ::testing::Test {
 protected:
  void Book(const std::string& consumer, int64_t second, double joules) {
    store_->group().Append(ExampleInterval(consumer, second, joules), "boot");
    ASSERT_TRUE(store_->group().Commit().ok());
  }
  std::vector<powerdown::Run> Billed(std::vector<powerdown::Run> runs) {
    const absl::Status added = AddBills(*store_, DefaultFactors(), runs);
    EXPECT_TRUE(added.ok()) << added;
    return runs;
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(BillsTest, ARunIsBilledForAllItsAttemptsAndForNobodyElses) {
  Book(AttemptConsumer("01a", 1), 1, 3600);
  Book(AttemptConsumer("01a", 2), 5, 7200);
  Book(AttemptConsumer("01ab", 1), 1, 999);  // another run, whose id begins alike
  Book(kUnattributed, 1, 999);
  const powerdown::Run run = Billed({ExampleRun("01a")}).front();
  ASSERT_TRUE(run.energy);
  EXPECT_EQ(run.energy->gross, Joules(10800));
  EXPECT_EQ(run.energy->low, Joules(5400));
  ASSERT_TRUE(run.co2 && run.cost);
  EXPECT_EQ(run.co2->value(), CarbonOf(Joules(10800), DefaultFactors()).value());
  EXPECT_EQ(run.cost->amount, CostOf(Joules(10800), DefaultFactors()).amount);
}

TEST_F(BillsTest, EachOfManyRunsHasItsOwnBill) {
  Book(AttemptConsumer("01a", 1), 1, 10);
  Book(AttemptConsumer("01c", 1), 1, 30);
  const auto runs = Billed({ExampleRun("01c"), ExampleRun("01b"), ExampleRun("01a")});
  EXPECT_EQ(runs[0].energy->gross, Joules(30));
  EXPECT_EQ(runs[2].energy->gross, Joules(10));
}

// A missing figure is not 0 joules.
TEST_F(BillsTest, ARunThatTheLedgerDoesNotHaveGetsFactorsAndNoFigures) {
  const powerdown::Run run = Billed({ExampleRun("01b")}).front();
  EXPECT_FALSE(run.energy || run.co2 || run.cost);
  EXPECT_EQ(run.factors.pue, DefaultFactors().pue);
  EXPECT_EQ(run.factors.carbon.region, DefaultFactors().carbon.region);
}

}  // namespace
}  // namespace powerdown
