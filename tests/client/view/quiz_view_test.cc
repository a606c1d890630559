#include "client/view/quiz_view.h"

#include <gmock/gmock.h>

#include "common/base/compression.h"
#include "common/base/json.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"
#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::Not;

class QuizViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    LoadRecording();
    state_.view = ViewName::kQuiz;
  }
  void LoadAnswers() {
    std::ifstream file(POWERDOWN_SOURCE_DIR "/deploy/recorded/demo_answers.zst", std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    const auto updates = ParseRecording(*Decompress(bytes.str(), size_t{1} << 26));
    ASSERT_TRUE(updates.ok()) << updates.status();
    for (const AppUpdate& update : *updates) model_.Apply(update);
  }
};

TEST_F(QuizViewTest, FilmGoesFromMemorisingToUnderstanding) {
  LoadAnswers();
  Frame();
  const auto* grids = model_.FindGrids(state_.quiz.run_id);
  ASSERT_NE(grids, nullptr);
  EXPECT_GT(grids->size(), 10u);
  state_.quiz.step = 50;
  EXPECT_THAT(Text(), HasSubstr("Step 50, memorised"));
  EXPECT_LT(*grids->at(50).score, 0.1);
  state_.quiz.step = grids->rbegin()->first;
  EXPECT_THAT(Text(), HasSubstr("held out 100% right"));
}

TEST_F(QuizViewTest, AKeyPlaysTheFilmFrameByFrame) {
  LoadAnswers();
  Frame();
  state_.quiz.step = 50;
  Press('m');
  EXPECT_TRUE(state_.quiz.is_playing);
  now_ += kFilmFrame;
  Frame();
  const int64_t second = state_.quiz.step;
  EXPECT_GT(second, 50);
  now_ += kFilmFrame;
  Frame();
  EXPECT_GT(state_.quiz.step, second);
  Press('m');
  EXPECT_FALSE(state_.quiz.is_playing);
}

TEST_F(QuizViewTest, AnswersBeforeAndAfterStandSideBySide) {
  const std::string text = Text();
  for (const char* words : {"memorised", "grokked", "✓", "✗", "held out"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
}

TEST_F(QuizViewTest, HeldOutQuestionsAreAskedOfTheServerOnly) {
  Frame();
  EXPECT_EQ(Find<AskModel>(Press('r')), nullptr);
  Connect();
  Frame();
  const Intents intents = Press('r');
  ASSERT_NE(Find<AskModel>(intents), nullptr);
  EXPECT_EQ(Find<AskModel>(intents)->question, "");
}

TEST_F(QuizViewTest, ATableOfAnswersReadsBackAsItWasWritten) {
  LoadAnswers();
  Frame();
  const AnswerGrid& grid = model_.FindGrids(state_.quiz.run_id)->begin()->second;
  const auto read = GridFromJson(GridJson(grid));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->answers, grid.answers);
  EXPECT_EQ(read->origins, grid.origins);
  EXPECT_EQ(read->confidences, grid.confidences);
  Json short_row = GridJson(grid);
  short_row["answers"][0].erase(0);
  EXPECT_FALSE(GridFromJson(short_row).ok());
}

}  // namespace
}  // namespace powerdown
