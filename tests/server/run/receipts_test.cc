#include "server/run/receipts.h"

#include "common/base/ed25519.h"
#include "common/run/receipt.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class ReceiptsTest : public RunQueueTest {
 protected:
  ReceiptsTest()
      : comparisons_(queue_.get(), store_.get(), &clock_, &ids_, DefaultFactors()),
        receipts_(queue_.get(), &comparisons_, std::string(kEd25519KeyBytes, 'k')) {}

  // A worker that has trained `steps` at the meter's 100 W and ended.
  void TrainToTheEnd(int64_t steps) {
    NewestWorker().SayStarted();
    box_.Use(100 + static_cast<int64_t>(launcher_.launches()), absl::Seconds(10));
    Tick(absl::Seconds(10));
    NewestWorker().SayStep(steps, clock_.Now().monotonic, 0.999);
    Tick();
    NewestWorker().EndAs("finished", steps);
    Tick();
  }

  Comparisons comparisons_;
  Receipts receipts_;
};

TEST_F(ReceiptsTest, OfARunThatHasEndedWithWhatTheLedgerSays) {
  const std::string run_id = Submit();
  Tick();
  EXPECT_TRUE(absl::IsFailedPrecondition(receipts_.Of(run_id, clock_.Now().wall).status()));
  TrainToTheEnd(1000);
  const auto text = receipts_.Of(run_id, clock_.Now().wall);
  ASSERT_TRUE(text.ok()) << text.status();
  const auto receipt = ReadReceipt(*text);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->run.run_id, run_id);
  EXPECT_EQ(receipt->run.energy->gross, Get(run_id).energy->gross);
  EXPECT_EQ(receipt->public_key, receipts_.public_key());
  EXPECT_EQ(receipt->version, POWERDOWN_VERSION);
  EXPECT_FALSE(receipt->saved.has_value());
}

TEST_F(ReceiptsTest, OfAComparisonAlsoWhatWasSaved) {
  CompareRequest request;
  request.schedule = {SchedulePolicy::kFixed, 1000};
  request.owner = "ada";
  const auto created = comparisons_.Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  Tick();
  TrainToTheEnd(1000);
  const auto text = receipts_.Of(created->usual.run_id, clock_.Now().wall);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_THAT(*text, HasSubstr(created->comparison_id));
  const auto receipt = ReadReceipt(*text);
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->saved.has_value(),
            comparisons_.Get(created->comparison_id)->saved.has_value());
}

TEST_F(ReceiptsTest, OfNothingThereIsNone) {
  EXPECT_TRUE(absl::IsNotFound(receipts_.Of("01nothing", clock_.Now().wall).status()));
}

}  // namespace
}  // namespace powerdown
