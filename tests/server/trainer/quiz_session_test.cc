#include "server/trainer/quiz_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/server/trainer/small_training.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class QuizSessionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    training_ = new SmallTraining(SmallSpec());
    training_->Train();
  }
  static void TearDownTestSuite() { delete training_; }

  Heard Ask(AskCommand ask) {
    Heard heard;
    session_.Answer(
        ask, [] { return false; }, [&](AnswersLine line) { heard.Take(line); });
    return heard;
  }
  static AskCommand Held(const std::string& file, int64_t count = 1'000'000) {
    AskCommand ask;
    ask.request = 7;
    ask.checkpoint_file = file;
    ask.count = count;
    return ask;
  }
  static const Checkpoint& Last() { return training_->checkpoints_.back(); }
  // A copy of the last checkpoint that a test may damage.
  std::string Copy() {
    const std::string file = folder_.path() + "/copy.ckpt";
    std::filesystem::copy_file(training_->FileOf(Last()), file,
                               std::filesystem::copy_options::overwrite_existing);
    return file;
  }

  static SmallTraining* training_;
  TemporaryFolder folder_;
  QuizSession session_;
};

SmallTraining* QuizSessionTest::training_ = nullptr;

TEST_F(QuizSessionTest, WholeHeldOutSetIsTheRecordedAccuracyAtEveryCheckpoint) {
  const int64_t questions = training_->trainer_->dataset().validation.size();
  int checked = 0;
  for (const Checkpoint& checkpoint : training_->checkpoints_) {
    const Heard heard = Ask(Held(training_->FileOf(checkpoint)));
    ASSERT_EQ(static_cast<int64_t>(heard.answers.size()), questions) << heard.last.error;
    EXPECT_EQ(heard.last.step, checkpoint.step);
    const double recorded = training_->evaluations_.at(checkpoint.step).validation_accuracy;
    EXPECT_EQ(heard.right(), std::llround(recorded * static_cast<double>(questions)))
        << checkpoint.file;
    ++checked;
  }
  EXPECT_GE(checked, 12);
}

TEST_F(QuizSessionTest, TransformersAccuracyIsFoundToo) {
  RunSpec spec = SmallSpec("transformer");
  spec.max_steps = 60;
  SmallTraining training(spec);
  training.Train();
  for (const Checkpoint& checkpoint : training.checkpoints_) {
    const Heard heard = Ask(Held(training.FileOf(checkpoint)));
    const auto asked = static_cast<double>(heard.answers.size());
    EXPECT_EQ(heard.right(),
              std::llround(training.evaluations_.at(checkpoint.step).validation_accuracy * asked));
  }
}

TEST_F(QuizSessionTest, TypedQuestionsAreMarkedTrainedOnOrHeldOut) {
  const Dataset& dataset = training_->trainer_->dataset();
  const auto text = [&](int32_t row) {
    return QuestionText(dataset.table, &dataset.table.questions[row * 2]);
  };
  AskCommand ask = Held(training_->FileOf(Last()));
  ask.questions = {text(dataset.split.train[5]), text(dataset.split.validation[5])};
  const Heard heard = Ask(ask);
  ASSERT_EQ(heard.answers.size(), 2u);
  EXPECT_FALSE(heard.answers[0].held_out);
  EXPECT_TRUE(heard.answers[1].held_out);
  EXPECT_EQ(heard.answers[1].expected, dataset.table.answers[dataset.split.validation[5]]);
  ASSERT_EQ(heard.answers[1].top.size(), 5u);
  EXPECT_EQ(heard.answers[1].top[0].answer, heard.answers[1].answer);
  EXPECT_GE(heard.answers[1].top[0].probability, heard.answers[1].top[1].probability);
}

TEST_F(QuizSessionTest, GridHasTheSameAnswersAsTheQuestions) {
  AskCommand ask = Held(training_->FileOf(Last()));
  const Heard questions = Ask(ask);
  ask.is_grid = true;
  const AnswerGrid grid = Ask(ask).grid;
  ASSERT_EQ(grid.symbols, 23);
  ASSERT_EQ(grid.answers.size(), 23u * 23u);
  EXPECT_EQ(std::count(grid.origins.begin(), grid.origins.end(), AnswerGrid::Origin::kHeldOut),
            static_cast<std::ptrdiff_t>(questions.answers.size()));
  for (const QuizAnswer& answer : questions.answers) {
    const auto cell = static_cast<size_t>(answer.asked[0] * 23 + answer.asked[1]);
    EXPECT_EQ(grid.answers[cell], answer.answer) << answer.question;
    EXPECT_EQ(grid.expected[cell], answer.expected);
  }
}

TEST_F(QuizSessionTest, MalformedQuestionsAreRefused) {
  AskCommand ask = Held(training_->FileOf(Last()));
  ask.questions = {"3 + 99"};
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(ask).last.error));
  ask.questions = {"1 + 2 + 3"};
  EXPECT_THAT(std::string(Ask(ask).last.error.message()), HasSubstr("has 3 operands; allowed: 2"));
  EXPECT_TRUE(Ask(ask).answers.empty());
}

TEST_F(QuizSessionTest, MissingDamagedAndEditedCheckpointsAreRefused) {
  EXPECT_TRUE(absl::IsNotFound(Ask(Held("/nonexistent.ckpt")).last.error));
  const std::string file = Copy();
  AskCommand ask = Held(file, 5);
  ask.sha256 = Last().sha256;
  EXPECT_TRUE(Ask(ask).last.error.ok());
  // It is loaded now; a change of its file is seen all the same.
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(-100, std::ios::end);
  bytes.put('x');
  bytes.close();
  EXPECT_TRUE(absl::IsDataLoss(Ask(ask).last.error));
  std::filesystem::resize_file(file, 100);
  EXPECT_TRUE(absl::IsDataLoss(Ask(ask).last.error));
}

TEST_F(QuizSessionTest, AnotherCheckpointInItsPlaceIsRefused) {
  AskCommand ask = Held(training_->FileOf(training_->checkpoints_.front()), 5);
  ask.sha256 = Last().sha256;
  const absl::Status error = Ask(ask).last.error;
  EXPECT_TRUE(absl::IsDataLoss(error));
  EXPECT_THAT(std::string(error.message()), HasSubstr("edited"));
}

TEST_F(QuizSessionTest, CancelledRequestIsAnsweredWithThatAlone) {
  Heard heard;
  session_.Answer(
      Held(training_->FileOf(Last())), [] { return true; },
      [&](AnswersLine line) { heard.Take(line); });
  EXPECT_TRUE(absl::IsCancelled(heard.last.error));
  EXPECT_EQ(heard.lines, 1);
  EXPECT_EQ(session_.loaded(), 0u);
}

TEST_F(QuizSessionTest, MemoryIsBoundedAndTheLastUsedStays) {
  std::vector<std::string> files;
  for (size_t i = 0; i <= QuizSession::kMostLoaded; ++i) {
    files.push_back(folder_.path() + "/" + std::to_string(i));
    std::filesystem::copy_file(training_->FileOf(Last()), files.back());
    EXPECT_TRUE(Ask(Held(files.back(), 1)).last.error.ok());
    EXPECT_TRUE(Ask(Held(files[0], 1)).last.error.ok());
  }
  EXPECT_EQ(session_.loaded(), QuizSession::kMostLoaded);
  EXPECT_LE(session_.loaded_bytes(), QuizSession::kMostBytes);
  EXPECT_GT(session_.loaded_bytes(), 0);
}

}  // namespace
}  // namespace powerdown
