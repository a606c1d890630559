#include "client/cli/text/end_card.h"

#include <gmock/gmock.h>

#include "absl/strings/str_split.h"
#include "client/model/run_saving.h"
#include "tests/fakes/sample_runs.h"
#include "tests/support/screens.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

QuizAnswer Answer(const std::string& question, int64_t answer, int64_t expected, bool held_out) {
  QuizAnswer made;
  made.question = question;
  made.answer = answer;
  made.expected = expected;
  made.held_out = held_out;
  made.correct = answer == expected;
  return made;
}

std::string LearnedLine() {
  return LearnedText({Answer("17 + 44", 31, 2, true), 140, Answer("17 + 44", 2, 2, true), 790},
                     Style(false));
}

void ExpectFits(const std::string& card) {
  std::vector<std::string> lines = absl::StrSplit(card, '\n', absl::SkipEmpty());
  EXPECT_THAT(lines, SizeIs(Le(kMostCardLines)));
  for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), kCardWidth) << line;
}

Run StoppedRun() {
  powerdown::Run run = SampleRun(790);
  run.short_id = "128";
  run.state = RunState::kStopped;
  run.stop->mode = StopMode::kOn;
  return run;
}

TEST(EndCardTest, AComparisonSaysAllInEightLines) {
  Comparison comparison = SampleComparison();
  comparison.usual.short_id = "128";
  const std::string card = EndCard(comparison, LearnedLine(), Style(false));
  ExpectFits(card);
  EXPECT_THAT(card, AllOf(HasSubstr("Saved 45.5% of the energy"), HasSubstr("27.5 mWh"),
                          HasSubstr("CO2"), HasSubstr("$0.00")));
  EXPECT_THAT(card, AllOf(HasSubstr("17 + 44 is 2"), HasSubstr("31 ✗"), HasSubstr("2 ✓")));
  EXPECT_THAT(card, HasSubstr("projected, not measured: 45.5% of BERT base"));
  EXPECT_THAT(card, AllOf(HasSubstr("grokked at 720"), HasSubstr("compare 128 --details")));
}

TEST(EndCardTest, AStoppedRunSaysWhatItSavedAgainstItsSchedule) {
  const powerdown::Run run = StoppedRun();
  const std::string card = EndCard(run, LearnedLine(), Style(false));
  ExpectFits(card);
  EXPECT_THAT(card, AllOf(HasSubstr("Saved 45.5% of the energy"), HasSubstr("790 of 1,450"),
                          HasSubstr("extrapolated"), HasSubstr("it had grokked")));
  EXPECT_THAT(card, HasSubstr("projected, not measured: 45.5% of"));
}

TEST(EndCardTest, WhatWasNotStoppedSavesNothingAndProjectsNothing) {
  Comparison comparison = SampleComparison();
  comparison.usual.stop.reset();
  comparison.stopped = comparison.usual;
  comparison.saved = Saving{};
  const std::string card = EndCard(comparison, "", Style(false));
  ExpectFits(card);
  EXPECT_THAT(card, AllOf(HasSubstr("Nothing saved"), Not(HasSubstr("projected"))));
  const std::string finished = EndCard(SampleRun(), "", Style(false));
  ExpectFits(finished);
  EXPECT_THAT(finished, AllOf(HasSubstr("finished"), Not(HasSubstr("Saved"))));
}

TEST(EndCardTest, LongNumbersAndIdsAreCutNotWrapped) {
  powerdown::Run run = StoppedRun();
  run.short_id = std::string(60, '9');
  run.steps = 900'000'000'000;
  run.max_steps = 1'000'000'000'000;
  run.energy = SampleEnergy(1e12);
  ExpectFits(EndCard(run, std::string(200, 'x'), Style(false)));
}

TEST(EndCardTest, OnlyAHeldOutQuestionThatWentFromWrongToRightIsShown) {
  QuizResult before;
  before.at_step = 140;
  before.questions = {Answer("1 + 1", 2, 2, true), Answer("2 + 2", 9, 4, false),
                      Answer("3 + 3", 9, 6, true), Answer("4 + 4", 9, 8, true)};
  QuizResult after;
  after.at_step = 790;
  after.questions = {Answer("1 + 1", 2, 2, true), Answer("2 + 2", 4, 4, false),
                     Answer("3 + 3", 7, 6, true), Answer("4 + 4", 8, 8, true)};
  const auto learned = FindLearned(before, after);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->after.question, "4 + 4");
  EXPECT_EQ(learned->before_step, 140);
  after.questions.pop_back();
  EXPECT_FALSE(FindLearned(before, after).has_value());
}

TEST(EndCardTest, OnThreeTerminals) {
  Comparison comparison = SampleComparison();
  comparison.usual.short_id = "128";
  for (const ScreenSize size : ScreenSizes()) {
    const Style style(false, size.columns);
    const std::string card = EndCard(comparison, LearnedLine(), style);
    EXPECT_LT(std::count(card.begin(), card.end(), '\n'), size.rows);
    ExpectScreen("card-compare", size, card);
    ExpectScreen("card-run", size, EndCard(StoppedRun(), LearnedLine(), style));
  }
}

}  // namespace
}  // namespace powerdown
