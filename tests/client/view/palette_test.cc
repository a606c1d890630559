#include "client/view/palette.h"

#include <gmock/gmock.h>

#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// As GLFW numbers them.
constexpr int kEnterKey = 257;
constexpr int kDownKey = 264;

class PaletteTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    ImGui::GetIO().KeyMap[ImGuiKey_Enter] = kEnterKey;
    ImGui::GetIO().KeyMap[ImGuiKey_DownArrow] = kDownKey;
    LoadRecording();
    Frame();
  }
  Intents PressKey(int key) {
    ImGuiIO& io = ImGui::GetIO();
    io.KeysDown[key] = true;
    Intents all = Frame();
    io.KeysDown[key] = false;
    for (Intent& intent : Frame()) all.push_back(std::move(intent));
    return all;
  }
  void Open() {
    ImGui::GetIO().KeyCtrl = true;
    PressKey('K');
    ImGui::GetIO().KeyCtrl = false;
    for (int i = 0; i < 3; ++i) Frame();
    ASSERT_TRUE(state_.palette.is_open);
  }
  void Type(const std::string& text) {
    for (const char letter : text) Press(letter);
    Frame();
  }
};

TEST_F(PaletteTest, AFewLettersFindAViewAndEnterShowsIt) {
  Open();
  Type("fle");
  PressKey(kEnterKey);
  EXPECT_EQ(state_.view, ViewName::kFleet);
  EXPECT_FALSE(state_.palette.is_open);
}

TEST_F(PaletteTest, LettersOfItsFieldAreNoKeysOfTheViews) {
  Open();
  Type("4t?");
  EXPECT_EQ(state_.view, ViewName::kCompare);
  EXPECT_FALSE(state_.wants_next_theme || state_.is_help_open);
  EXPECT_THAT(Text(), HasSubstr("Nothing has these letters"));
  PressKey(256);  // Escape
  EXPECT_FALSE(state_.palette.is_open);
}

TEST_F(PaletteTest, ARunIsFoundByItsIdAndShown) {
  const powerdown::Run& run = *model_.runs().back();
  Open();
  Type("run " + ShownId(run));
  PressKey(kEnterKey);
  EXPECT_EQ(state_.view, ViewName::kLive);
  EXPECT_EQ(state_.live.run_id, run.run_id);
}

TEST_F(PaletteTest, ActionsBecomeIntents) {
  Open();
  Type("save report");
  const Intents intents = PressKey(kEnterKey);
  const auto* report = Find<SaveReport>(intents);
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->run_id, model_.shown_comparison()->usual.run_id);
  Open();
  Type("demo");
  const Intents demo = PressKey(kEnterKey);
  EXPECT_NE(Find<ShowRecorded>(demo), nullptr);
  EXPECT_NE(Find<PlayRecording>(demo), nullptr);
}

TEST_F(PaletteTest, TheArrowChoosesTheNextRow) {
  Open();
  PressKey(kDownKey);
  PressKey(kEnterKey);
  EXPECT_EQ(state_.view, ViewName::kFleet);
}

TEST_F(PaletteTest, OfManyRunsSoManyRowsAreShown) {
  std::vector<powerdown::Run> runs(500, *model_.runs().front());
  for (size_t i = 0; i < runs.size(); ++i) {
    runs[i].run_id = "many" + std::to_string(i);
    runs[i].short_id = std::to_string(1000 + i);
  }
  model_.Apply(RunsChanged{runs});
  Open();
  Type("run");
  std::string text = Text();
  int rows = 0;
  for (size_t at = text.find("Run 1"); at != std::string::npos; at = text.find("Run 1", at + 1)) {
    ++rows;
  }
  EXPECT_LE(rows, kMostPaletteRows);
  EXPECT_GT(rows, 5);
  EXPECT_THAT(text, Not(HasSubstr("Nothing has these letters")));
}

}  // namespace
}  // namespace powerdown
