#include "server/trainer/quiz_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class QuizSessionTest : public testing::Test {
 protected:
  QuizSessionTest() : run_(EasySpec()) { ready_ = run_.ToEnd().ok(); }
  std::string LastFile() const { return run_.PathOf(run_.Newest("last")); }

  TinyRun run_;
  QuizSession session_;
  bool ready_ = false;
};

TEST_F(QuizSessionTest, AnswersFromACheckpoint) {
  ASSERT_TRUE(ready_);
  const auto answers = session_.Ask(LastFile(), {{3, 5}, {0, 6}});
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_EQ(answers->step, 400);
  ASSERT_THAT(answers->answers, SizeIs(2));
  for (const QuizAnswer& answer : answers->answers) {
    EXPECT_EQ(answer.expected, answer.asked[0]);
    EXPECT_EQ(answer.answer, answer.asked[0]);
    EXPECT_TRUE(answer.correct);
    EXPECT_GT(answer.probability, 0.5);
    EXPECT_THAT(answer.top, SizeIs(5));
  }
}

TEST_F(QuizSessionTest, ProbabilitiesAreSortedAndShareOne) {
  const auto answers = session_.Ask(LastFile(), {{1, 1}});
  ASSERT_TRUE(answers.ok()) << answers.status();
  const QuizAnswer& answer = answers->answers[0];
  double sum = 0;
  double earlier = 1;
  for (const QuizAnswer::Candidate& candidate : answer.top) {
    EXPECT_LE(candidate.probability, earlier);
    earlier = candidate.probability;
    sum += candidate.probability;
  }
  EXPECT_LE(sum, 1.0001);
  EXPECT_EQ(answer.probability, answer.top[0].probability);
}

TEST_F(QuizSessionTest, KnowsWhichQuestionsWereHeldOut) {
  const Dataset& dataset = run_.trainer().dataset();
  std::vector<std::vector<int32_t>> all;
  for (int32_t x = 0; x < 7; ++x) {
    for (int32_t y = 0; y < 7; ++y) all.push_back({x, y});
  }
  const auto answers = AnswerQuestions(run_.trainer().model(), dataset, all);
  ASSERT_TRUE(answers.ok()) << answers.status();
  int64_t held_out = 0;
  for (const QuizAnswer& answer : *answers) held_out += answer.held_out ? 1 : 0;
  EXPECT_EQ(held_out, dataset.validation.size());
}

TEST_F(QuizSessionTest, LiveAndStoredAnswersAreTheSame) {
  const auto stored = session_.Ask(LastFile(), {{2, 4}});
  const auto live = AnswerQuestions(run_.trainer().model(), run_.trainer().dataset(), {{2, 4}});
  ASSERT_TRUE(stored.ok() && live.ok());
  EXPECT_EQ(stored->answers[0].probability, (*live)[0].probability);
}

TEST_F(QuizSessionTest, RefusesQuestionsThatTheTaskCannotAsk) {
  EXPECT_THAT(std::string(session_.Ask(LastFile(), {{1}}).status().message()),
              HasSubstr("has 1 operands"));
  EXPECT_THAT(std::string(session_.Ask(LastFile(), {{1, 7}}).status().message()),
              HasSubstr("allowed: 0 to 6"));
  EXPECT_FALSE(session_.Ask(LastFile(), {{-1, 0}}).ok());
}

TEST_F(QuizSessionTest, NoQuestionsHaveNoAnswers) {
  const auto answers = session_.Ask(LastFile(), {});
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(answers->answers, IsEmpty());
}

TEST_F(QuizSessionTest, RefusesADamagedCheckpointAndLivesOn) {
  const std::string damaged = run_.folder() + "/damaged.ckpt";
  std::filesystem::copy_file(LastFile(), damaged);
  std::filesystem::resize_file(damaged, 500);
  EXPECT_EQ(session_.Ask(damaged, {{1, 1}}).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(session_.Ask(LastFile(), {{1, 1}}).ok());
}

TEST_F(QuizSessionTest, KeepsTheLastFewLoaded) {
  ASSERT_TRUE(session_.Ask(LastFile(), {{1, 1}}).ok());
  std::filesystem::rename(LastFile(), run_.folder() + "/away");
  EXPECT_TRUE(session_.Ask(LastFile(), {{1, 1}}).ok());
  for (const char* name : {"a", "b", "c", "d"}) {
    std::filesystem::copy_file(run_.folder() + "/away", run_.folder() + "/" + name);
    EXPECT_TRUE(session_.Ask(run_.folder() + "/" + name, {{1, 1}}).ok());
  }
  EXPECT_EQ(session_.Ask(LastFile(), {{1, 1}}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace powerdown
