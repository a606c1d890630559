#include "client/model/run_outcome.h"

#include <gmock/gmock.h>

#include "tests/fakes/sample_runs.h"

namespace powerdown {
namespace {

powerdown::Run RunThat(RunState state, std::optional<int64_t> grok_step, double accuracy) {
  powerdown::Run run = SampleRun();
  run.state = state;
  run.grok_step = grok_step;
  run.validation_accuracy = accuracy;
  return run;
}

TEST(RunOutcomeTest, OneWordSaysHowARunCameOut) {
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kFinished, 720, 1)), "grokked");
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kStopped, 720, 1)), "stopped early");
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kFinished, std::nullopt, 0.95)), "partial");
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kFinished, std::nullopt, 0.2)), "never");
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kFailed, 720, 1)), "failed");
  EXPECT_EQ(OutcomeWord(RunThat(RunState::kQueued, std::nullopt, 0)), "queued");
}

TEST(RunOutcomeTest, AStopBeforeTheGrokIsTheUsersOrTheForecasts) {
  powerdown::Run run = RunThat(RunState::kStopped, std::nullopt, 0.1);
  run.stop = StopOutcome{300, StopReason::kUser, StopMode::kUser};
  EXPECT_EQ(OutcomeWord(run), "stopped");
  run.stop = StopOutcome{300, StopReason::kAbandoned, StopMode::kOn};
  EXPECT_EQ(OutcomeWord(run), "abandoned");
}

}  // namespace
}  // namespace powerdown
