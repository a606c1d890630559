#include "client/cli/text/receipt_text.h"

#include <gmock/gmock.h>

#include "common/base/json.h"
#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

powerdown::Run WithCheckpoints(RunState state) {
  powerdown::Run run = SampleRun();
  run.state = state;
  const auto add = [&](CheckpointLabel label, int64_t step, const char* hash) {
    Checkpoint checkpoint;
    checkpoint.step = step;
    checkpoint.label = label;
    checkpoint.sha256 = hash;
    run.checkpoints.push_back(checkpoint);
  };
  add(CheckpointLabel::kMemorised, 140, "aa");
  add(CheckpointLabel::kGrokked, 720, "bb");
  add(CheckpointLabel::kLast, 1450, "cc");
  return run;
}

Receipt SampleVerdict() {
  Receipt receipt;
  receipt.run = WithCheckpoints(RunState::kFinished);
  receipt.run.hardware = "a box";
  receipt.saved = SampleComparison().saved;
  receipt.public_key = std::string(64, 'a');
  receipt.version = "1.0";
  receipt.made_at = absl::FromUnixSeconds(1'700'000'000);
  return receipt;
}

TEST(ReceiptTextTest, EqualBitsAreEqualAtEveryLabel) {
  const powerdown::Run run = WithCheckpoints(RunState::kFinished);
  const std::vector<BitsCheck> bits = CompareBits(run, run);
  EXPECT_THAT(bits, SizeIs(3));
  for (const BitsCheck& check : bits) EXPECT_TRUE(check.is_equal());
}

TEST(ReceiptTextTest, OtherBitsOtherStepsAndMissingOnesAreNot) {
  const powerdown::Run told = WithCheckpoints(RunState::kFinished);
  powerdown::Run again = told;
  again.checkpoints[0].sha256 = "ab";
  again.checkpoints[1].step = 730;
  again.checkpoints.pop_back();
  const std::vector<BitsCheck> bits = CompareBits(told, again);
  ASSERT_THAT(bits, SizeIs(3));
  for (const BitsCheck& check : bits) EXPECT_FALSE(check.is_equal());
  const std::string text = VerdictText(SampleVerdict(), bits, Style(false));
  EXPECT_THAT(text, AllOf(HasSubstr("memorised, step 140: other bits"),
                          HasSubstr("grokked, step 720: at step 730 the second time"),
                          HasSubstr("last, step 1,450: not there in the second training")));
}

TEST(ReceiptTextTest, OfARunThatAPersonEndedOnlyItsBeginningIsCompared) {
  powerdown::Run told = WithCheckpoints(RunState::kStopped);
  told.stop = StopOutcome{1450, StopReason::kUser, StopMode::kOn};
  EXPECT_THAT(CompareBits(told, told), SizeIs(2));
  told.checkpoints.erase(told.checkpoints.begin(), told.checkpoints.begin() + 2);
  EXPECT_THAT(CompareBits(told, told), IsEmpty());
}

TEST(ReceiptTextTest, OfSeveralAttemptsTheLastOneCounts) {
  powerdown::Run told = WithCheckpoints(RunState::kFinished);
  powerdown::Run again = told;
  Checkpoint resumed = told.checkpoints[2];
  resumed.attempt = 2;
  resumed.sha256 = "dd";
  told.checkpoints.push_back(resumed);
  again.checkpoints[2].sha256 = "dd";
  EXPECT_TRUE(CompareBits(told, again).back().is_equal());
}

TEST(ReceiptTextTest, AVerdictTellsTheFactsAndWhatWasNotCompared) {
  const Receipt receipt = SampleVerdict();
  const std::string text = VerdictText(receipt, std::nullopt, Style(false));
  for (const char* told : {"valid", "a box", "step 720", "estimate", "45.5%", "--retrain"}) {
    EXPECT_THAT(text, HasSubstr(told)) << told;
  }
  EXPECT_FALSE(VerdictJson(receipt, std::nullopt).contains("retrained"));
  const Json json = VerdictJson(receipt, CompareBits(receipt.run, receipt.run));
  EXPECT_EQ(json.at("retrained").size(), 3u);
  EXPECT_TRUE(json.at("retrained").at(2).at("is_equal"));
  EXPECT_THAT(VerdictText(receipt, CompareBits(receipt.run, receipt.run), Style(false)),
              Not(HasSubstr("--retrain")));
}

}  // namespace
}  // namespace powerdown
