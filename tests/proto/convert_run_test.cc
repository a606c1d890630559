#include "tests/proto/full_values.h"

namespace powerdown {
namespace {

TEST(ConvertRunTest, EveryFieldArrives) {
  const v1::Run wire = ToWire(FullRun());
  ExpectEveryFieldIsSet(wire);
  const absl::StatusOr<powerdown::Run> run = FromWire(Sent(wire));
  ASSERT_TRUE(run.ok());
  EXPECT_TRUE(Equal(ToWire(*run), wire));
  EXPECT_EQ(run->state, RunState::kStopped);
  EXPECT_EQ(run->created_at, FullRun().created_at);
  EXPECT_EQ(run->spec, FullRun().spec);
}

TEST(ConvertRunTest, WhatIsUnknownStaysUnknown) {
  const absl::StatusOr<powerdown::Run> run = FromWire(Sent(ToWire(powerdown::Run())));
  ASSERT_TRUE(run.ok());
  EXPECT_FALSE(run->train_accuracy || run->grok_step || run->stop || run->grok_multiple);
  EXPECT_FALSE(run->energy || run->co2 || run->cost);
  EXPECT_FALSE(run->started_at || run->ended_at);
}

TEST(ConvertRunTest, ZeroIsKnown) {
  powerdown::Run run;
  run.validation_accuracy = 0;
  run.memorised_step = 0;
  run.co2 = GramsCo2(0);
  const absl::StatusOr<powerdown::Run> received = FromWire(Sent(ToWire(run)));
  ASSERT_TRUE(received.ok());
  EXPECT_EQ(received->validation_accuracy, 0);
  EXPECT_EQ(received->memorised_step, 0);
  EXPECT_EQ(received->co2, GramsCo2(0));
}

TEST(ConvertRunTest, FilesOfCheckpointsStayWithTheDaemon) {
  powerdown::Run run = FullRun();
  run.checkpoints[0].file = "runs/01run/1/secret.ckpt";
  EXPECT_EQ(ToWire(run).SerializeAsString().find("secret"), std::string::npos);
}

TEST(ConvertRunTest, EveryStateAndModeSurvives) {
  for (RunState state :
       {RunState::kQueued, RunState::kRunning, RunState::kPaused, RunState::kStopped,
        RunState::kFinished, RunState::kFailed, RunState::kCancelled}) {
    EXPECT_EQ(*FromWire(ToWire(state)), state);
  }
  for (AutoStop mode : {AutoStop::kOff, AutoStop::kObserve, AutoStop::kOn}) {
    EXPECT_EQ(*FromWire(ToWire(mode)), mode);
  }
  EXPECT_EQ(*FromWire(v1::AUTO_STOP_UNSPECIFIED), AutoStop::kOn);
}

TEST(ConvertRunTest, StateOfANewerDaemonIsAnErrorNotAGuess) {
  v1::Run wire = ToWire(FullRun());
  wire.set_state(static_cast<v1::RunState>(99));
  EXPECT_EQ(FromWire(Sent(wire)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(FromWire(v1::RUN_STATE_UNSPECIFIED).ok());
}

TEST(ConvertRunTest, TimesBefore1970KeepTheirNanoseconds) {
  const absl::Time time = absl::UnixEpoch() - absl::Nanoseconds(1);
  EXPECT_EQ(ToWire(time).seconds(), -1);
  EXPECT_EQ(ToWire(time).nanos(), 999'999'999);
  EXPECT_EQ(FromWire(ToWire(time)), time);
}

}  // namespace
}  // namespace powerdown
