#include "client/view/live_view.h"

#include <gmock/gmock.h>

#include "tests/client/view/view_fixture.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

class LiveViewTest : public ViewTest {
 protected:
  void SetUp() override {
    ViewTest::SetUp();
    LoadRecording();
    Connect();
    state_.view = ViewName::kLive;
  }
  void Show(RunState run_state) {
    powerdown::Run run = *model_.runs().front();
    run.state = run_state;
    state_.live.run_id = run.run_id;
    model_.Apply(RunsChanged{{run}, false});
  }
};

TEST_F(LiveViewTest, KeysActOnTheRunningRun) {
  Show(RunState::kRunning);
  Frame();
  const Intents pause = Press('p');
  ASSERT_NE(Find<ActOnRun>(pause), nullptr);
  EXPECT_EQ(Find<ActOnRun>(pause)->verb, "pause");
  const Intents stop = Press('e');
  ASSERT_NE(Find<ActOnRun>(stop), nullptr);
  EXPECT_EQ(Find<ActOnRun>(stop)->verb, "stop");
}

TEST_F(LiveViewTest, GivingUpAsksFirst) {
  Show(RunState::kRunning);
  Frame();
  EXPECT_EQ(Find<ActOnRun>(Press('g')), nullptr);
  EXPECT_THAT(Text(), HasSubstr("Really give up?"));
  const Intents again = Press('g');
  ASSERT_NE(Find<ActOnRun>(again), nullptr);
  EXPECT_EQ(Find<ActOnRun>(again)->verb, "cancel");
}

TEST_F(LiveViewTest, PausedRunIsOfferedToResume) {
  Show(RunState::kPaused);
  EXPECT_THAT(Text(), HasSubstr("[ Resume ]"));
  const Intents intents = Press('p');
  ASSERT_NE(Find<ActOnRun>(intents), nullptr);
  EXPECT_EQ(Find<ActOnRun>(intents)->verb, "resume");
}

TEST_F(LiveViewTest, FinishedRunCannotBeStopped) {
  Show(RunState::kFinished);
  Frame();
  EXPECT_EQ(Find<ActOnRun>(Press('e')), nullptr);
  EXPECT_EQ(Find<ActOnRun>(Click(650, 105)), nullptr);
}

TEST_F(LiveViewTest, NextRunIsChosenByKey) {
  Frame();
  const std::string before = state_.live.run_id;
  Press('j');
  EXPECT_NE(state_.live.run_id, before);
  Press('k');
  EXPECT_EQ(state_.live.run_id, before);
}

}  // namespace
}  // namespace powerdown
