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
  EXPECT_THAT(Text(), HasSubstr("Really cancel?"));
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

TEST_F(LiveViewTest, AReportCanBeSavedOfEveryRun) {
  for (const RunState state : {RunState::kRunning, RunState::kFinished, RunState::kFailed}) {
    Show(state);
    EXPECT_THAT(Text(), HasSubstr("Save report"));
  }
}

TEST_F(LiveViewTest, NextRunIsChosenByKey) {
  Frame();
  const std::string before = state_.live.run_id;
  Press('j');
  EXPECT_NE(state_.live.run_id, before);
  Press('k');
  EXPECT_EQ(state_.live.run_id, before);
}

TEST_F(LiveViewTest, RecordedRunsAreLeftOut) {
  powerdown::Run run = *model_.runs().front();
  run.run_id = "recorded one";
  run.name = "of another box";
  run.origin = "recorded";
  model_.Apply(RunsChanged{{run}});
  EXPECT_THAT(Text(), testing::Not(HasSubstr("of another box")));
}

TEST_F(LiveViewTest, PowerComesWithItsBandRestAndLedger) {
  model_.Apply(PowerChanged{{{now_, "gpu-1", "nvml-counter", Watts(310), Watts(295), Watts(325)}}});
  model_.Apply(MetersChanged{{{}, {{"gpu-1", Watts(42), Watts(40), Watts(45)}}}});
  BoxLedger ledger{.runs = Joules(3600), .quizzes = Joules(360), .at_rest = Joules(7200)};
  ledger.unattributed = Joules(720);
  ledger.total = Joules(11880);
  model_.Apply(LedgerChanged{ledger});
  const std::string text = Text();
  for (const char* words :
       {"gpu-1  310 W", "295 W to 325 W, nvml-counter", "at rest 42.0 W (40.0 W to 45.0 W)",
        "Energy of the box  3.30 Wh", "runs 1.00 Wh", "questions 100 mWh", "at rest 2.00 Wh",
        "unattributed 200 mWh"}) {
    EXPECT_THAT(text, HasSubstr(words));
  }
}

}  // namespace
}  // namespace powerdown
