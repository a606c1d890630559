#include "client/cli/text/quiz_text.h"

#include <gtest/gtest.h>

#include "tests/support/screens.h"

namespace powerdown {
namespace {

QuizResult ResultOf(const std::string& label, int64_t step, int64_t answer, double probability) {
  QuizResult result{
      "01k9",      step, "01c", Named<CheckpointLabel>::Parse(label), {}, answer == 2 ? 1.0 : 0.0,
      std::nullopt};
  result.questions.push_back({"17 + 44", {17, 44}, true, answer, 2, answer == 2, probability, {}});
  return result;
}

TEST(QuizTextTest, PutsBeforeAndAfterSideBySide) {
  const std::string text = QuizTable(
      {ResultOf("memorised", 140, 31, 0.215), ResultOf("grokked", 720, 2, 0.998)}, Style(false));
  EXPECT_EQ(text,
            "question   expected   at memorised (step 140)   at grokked (step 720)\n"
            " 17 + 44          2             31   21.5%  ✗            2   99.8%  ✓\n"
            "held out                             0% right              100% right\n")
      << text;
}

TEST(QuizTextTest, LiveModelsTwoRunsAndEnergyAreNamed) {
  QuizResult live = ResultOf("", 512, 2, 0.9);
  live.checkpoint.clear();
  QuizResult other = ResultOf("last", 700, 2, 0.9);
  other.run_id = "01kb";
  other.energy = Joules(0.0123);
  const std::string text = QuizTable({live, other}, Style(false));
  EXPECT_NE(text.find("01k9 live at step 512"), std::string::npos) << text;
  EXPECT_NE(text.find("01kb at last (step 700)"), std::string::npos) << text;
  EXPECT_NE(text.find("0.0123 J"), std::string::npos) << text;
}

TEST(QuizTextTest, ScoresOfASequenceAreALineEach) {
  EXPECT_EQ(ScoreTable({ResultOf("memorised", 140, 3, 1), ResultOf("", 300, 2, 1)}, Style(false)),
            "model                       held out   energy\n"
            "at memorised (step 140)     0% right        –\n"
            "at step 300               100% right        –\n");
}

TEST(QuizTextTest, NoScoreIsADash) {
  QuizResult result = ResultOf("", 99, 2, 1);
  result.score.reset();
  EXPECT_NE(QuizTable({result}, Style(false)).find("–"), std::string::npos);
  EXPECT_EQ(QuizTable({}, Style(false)), "");
}

TEST(QuizTextTest, AnswersAndScoresOnThreeTerminals) {
  const std::vector<QuizResult> results = {ResultOf("memorised", 140, 31, 0.215),
                                           ResultOf("", 430, 17, 0.4),
                                           ResultOf("grokked", 720, 2, 0.998)};
  for (const ScreenSize size : ScreenSizes()) {
    const Style style(false, size.columns);
    ExpectScreen("quiz", size, QuizTable(results, style));
    ExpectScreen("quiz-all", size, ScoreTable(results, style));
  }
}

}  // namespace
}  // namespace powerdown
