#include "client/view/shell.h"

#include <gmock/gmock.h>

#include "client/view/bindings.h"
#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;
using testing::Not;

class ShellTest : public ViewTest {};

TEST_F(ShellTest, NumberKeysShowEachView) {
  LoadRecording();
  Frame();
  for (int i = 0; i < kViews; ++i) {
    Press(static_cast<char>('1' + i));
    EXPECT_EQ(static_cast<int>(state_.view), i);
  }
}

TEST_F(ShellTest, ClickOnTheNavigationShowsTheView) {
  LoadRecording();
  Click(72, 193);
  EXPECT_EQ(state_.view, ViewName::kExplore);
  Click(72, 277);
  EXPECT_EQ(state_.view, ViewName::kServers);
}

TEST_F(ShellTest, HelpSheetListsEveryBinding) {
  Frame();
  Press('?');
  ASSERT_TRUE(state_.is_help_open);
  const std::string text = Text();
  for (const Binding& binding : Bindings()) {
    EXPECT_THAT(text, HasSubstr(std::string(binding.what)));
  }
}

TEST_F(ShellTest, EveryViewSaysWhatToDoWithNothingToShow) {
  const std::pair<ViewName, const char*> expected[] = {
      {ViewName::kCompare, "Start here"},        {ViewName::kFleet, "Nothing saved yet"},
      {ViewName::kLive, "No runs yet"},          {ViewName::kExplore, "Nothing to explore yet"},
      {ViewName::kServers, "Use this computer"},
  };
  for (const auto& [view, words] : expected) {
    state_.view = view;
    EXPECT_THAT(Text(), HasSubstr(words)) << static_cast<int>(view);
  }
}

TEST_F(ShellTest, EveryViewDrawsInASmallWindowWithHugeNames) {
  LoadRecording();
  std::vector<powerdown::Run> runs;
  for (int i = 0; i < 500; ++i) {
    powerdown::Run run = *model_.runs().front();
    run.run_id = "run" + std::to_string(i);
    run.name = std::string(300, 'x');
    runs.push_back(run);
  }
  model_.Apply(RunsChanged{runs, false});
  ImGui::GetIO().DisplaySize = {640, 400};
  for (int i = 0; i < kViews; ++i) {
    state_.view = static_cast<ViewName>(i);
    EXPECT_THAT(Text(), Not(testing::IsEmpty()));
    // Lists are clipped: 500 runs are not 500 rows of vertices.
    EXPECT_LT(ImGui::GetDrawData()->TotalVtxCount, 60'000) << i;
  }
}

// A server that was away looked like one without runs.
TEST_F(ShellTest, AServerOutOfReachIsNotShownAsEmpty) {
  Link link{.state = LinkState::kReconnecting, .server = {"box", "box:7000"}};
  link.problem = "box:7000 refused the connection.";
  model_.Apply(LinkChanged{link});
  for (int i = 0; i < kViews; ++i) {
    state_.view = static_cast<ViewName>(i);
    const std::string text = Text();
    if (state_.view == ViewName::kServers) continue;
    EXPECT_THAT(text, HasSubstr("Cannot reach box")) << i;
    EXPECT_THAT(text, HasSubstr("refused the connection")) << i;
    for (const char* empty : {"No runs yet", "No comparison yet", "Nothing to explore yet"}) {
      EXPECT_THAT(text, Not(HasSubstr(empty))) << i;
    }
  }
}

TEST_F(ShellTest, WhatIsKnownStaysBelowALineThatSaysItIsOld) {
  LoadRecording();
  Link link{.state = LinkState::kReconnecting, .server = {"box", "box:7000"}};
  model_.Apply(LinkChanged{link});
  state_.view = ViewName::kLive;
  EXPECT_THAT(Text(), HasSubstr("box cannot be reached, what is shown is old"));
}

TEST_F(ShellTest, ANoticeDoesNotOutliveItsTruth) {
  Link link{.state = LinkState::kReconnecting, .server = {"box", "box:7000"}};
  model_.Apply(LinkChanged{link});
  model_.Apply(Notice{Notice::Kind::kProblem, "cannot stop the run", now_});
  model_.Apply(Notice{Notice::Kind::kDone, "run 1: stopped", now_});
  EXPECT_FALSE(model_.ForgetOldNotices(now_ + kNoticeLife / 2));
  EXPECT_TRUE(model_.ForgetOldNotices(now_ + kNoticeLife));
  ASSERT_EQ(model_.notices().size(), 1u);
  link.state = LinkState::kConnected;
  model_.Apply(LinkChanged{link});
  EXPECT_TRUE(model_.notices().empty());
}

TEST_F(ShellTest, LinkSaysWhenItIsStaleAndWhenItTriesAgain) {
  Link link{.state = LinkState::kReconnecting, .server = {"box", "unix:/tmp/box"}};
  link.retry_at = now_ + absl::Seconds(3);
  link.last_message = now_ - absl::Seconds(60);
  model_.Apply(LinkChanged{link});
  const std::string text = Text();
  EXPECT_THAT(text, HasSubstr("reconnecting to box in 3 s"));
  EXPECT_THAT(text, HasSubstr("stale since"));
}

TEST_F(ShellTest, NoticeGoesWhenItIsClosed) {
  model_.Apply(Notice{Notice::Kind::kProblem, "run 17: no such dataset", now_});
  EXPECT_THAT(Text(), HasSubstr("run 17: no such dataset"));
  ImGuiIO& io = ImGui::GetIO();
  io.KeysDown[io.KeyMap[ImGuiKey_Escape]] = true;
  EXPECT_NE(Find<DismissNotice>(Frame()), nullptr);
}

}  // namespace
}  // namespace powerdown
