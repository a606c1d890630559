#include "server/run/answer_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

AnswersLine Line(int64_t request, int64_t answer, bool has_more) {
  AnswersLine line;
  line.request = request;
  line.step = 700;
  line.has_more = has_more;
  line.answers.resize(1);
  line.answers[0].answer = answer;
  return line;
}

class AnswerDeskTest : public ::testing::Test {
 protected:
  int64_t Open(const std::string& worker = "a") {
    slot_ = std::make_shared<AnswerSlot>();
    return desk_.Open(worker, AskCommand(), slot_)->request;
  }

  AnswerDesk desk_;
  std::shared_ptr<AnswerSlot> slot_;
};

TEST_F(AnswerDeskTest, PiecesArePutTogetherInOrder) {
  const int64_t request = Open();
  desk_.Deliver(Line(request, 1, true));
  EXPECT_EQ(desk_.owed("a"), 1u);
  desk_.Deliver(Line(request, 2, false));
  EXPECT_EQ(desk_.owed("a"), 0u);
  const auto sheet = slot_->Await(absl::Seconds(1));
  ASSERT_TRUE(sheet.ok()) << sheet.status();
  ASSERT_EQ(sheet->answers.size(), 2u);
  EXPECT_EQ(sheet->answers[1].answer, 2);
  EXPECT_EQ(sheet->last.step, 700);
}

TEST_F(AnswerDeskTest, CancelledAskerHearsNothingMoreAndTheWorkerStillOwes) {
  const int64_t request = Open();
  slot_->Cancel();
  EXPECT_TRUE(absl::IsCancelled(slot_->Await(absl::InfiniteDuration()).status()));
  EXPECT_EQ(desk_.owed("a"), 1u);
  desk_.Deliver(Line(request, 1, false));
  EXPECT_EQ(desk_.owed("a"), 0u);
  EXPECT_FALSE(slot_->Reopen());
}

TEST_F(AnswerDeskTest, DeadlineIsKept) {
  Open();
  EXPECT_TRUE(absl::IsDeadlineExceeded(slot_->Await(absl::ZeroDuration()).status()));
}

TEST_F(AnswerDeskTest, EndOfAWorkerFailsWhatItOwesAndNobodyElses) {
  Open("other");
  const auto others = slot_;
  Open("a");
  desk_.FailAll("a", absl::AbortedError("ended"));
  EXPECT_TRUE(absl::IsAborted(slot_->Await(absl::InfiniteDuration()).status()));
  EXPECT_TRUE(slot_->Reopen());
  EXPECT_TRUE(absl::IsDeadlineExceeded(others->Await(absl::ZeroDuration()).status()));
}

TEST_F(AnswerDeskTest, NoMoreIsOwedThanFitsIntoAPipe) {
  AskCommand large;
  large.questions.assign(1000, "100 + 100");
  size_t bytes = 0;
  absl::Status refused;
  for (int i = 0; i < 100 && refused.ok(); ++i) {
    const auto opened = desk_.Open("a", large, std::make_shared<AnswerSlot>());
    refused = opened.status();
    if (opened.ok()) bytes += FormatCommand(WorkerCommand(*opened)).size();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, AnswerDesk::kMostOwedBytes);
  EXPECT_TRUE(desk_.Open("other", large, std::make_shared<AnswerSlot>()).ok());
}

TEST_F(AnswerDeskTest, AnswersToNobodyAreDropped) {
  desk_.Deliver(Line(99, 1, false));
  AnswersLine failure = Line(Open(), 0, false);
  failure.error = absl::DataLossError("edited");
  desk_.Deliver(failure);
  EXPECT_TRUE(absl::IsDataLoss(slot_->Await(absl::InfiniteDuration()).status()));
}

}  // namespace
}  // namespace powerdown
