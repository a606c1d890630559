#include "server/run/box_troubles.h"

#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = BoxTroubles::Kind;

TEST(BoxTroublesTest, EachPauseIsTwiceTheLastUpToTheLongest) {
  BoxTroubles troubles;
  absl::Duration now;
  absl::Duration expected = BoxTroubles::kFirstPause;
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(troubles.Note("01a", Kind::kDisk, 100, now).ok());
    EXPECT_EQ(troubles.HeldBackUntil("01a", now), now + expected);
    now += expected;
    EXPECT_EQ(troubles.HeldBackUntil("01a", now), std::nullopt);
    expected = std::min(expected * 2, BoxTroubles::kLongestPause);
  }
  EXPECT_EQ(expected, BoxTroubles::kLongestPause);
  EXPECT_EQ(troubles.HeldBackUntil("01b", now), std::nullopt);
}

TEST(BoxTroublesTest, ProgressMakesThePauseShortAgain) {
  BoxTroubles troubles;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(troubles.Note("01a", Kind::kDisk, 100, {}).ok());
  ASSERT_TRUE(troubles.Note("01a", Kind::kDisk, 101, {}).ok());
  EXPECT_EQ(troubles.HeldBackUntil("01a", {}), BoxTroubles::kFirstPause);
}

TEST(BoxTroublesTest, ARunThatIsKilledAtTheSameStepAgainAndAgainIsGivenUp) {
  BoxTroubles troubles;
  for (int i = 1; i < BoxTroubles::kMostKills; ++i) {
    ASSERT_TRUE(troubles.Note("01a", Kind::kKill, 0, {}).ok());
  }
  const absl::Status given_up = troubles.Note("01a", Kind::kKill, 0, {});
  EXPECT_TRUE(absl::IsResourceExhausted(given_up));
  EXPECT_THAT(given_up.ToString(), HasSubstr("killed 5 times, the last at step 0"));
  EXPECT_TRUE(troubles.Note("01a", Kind::kKill, 0, {}).ok()) << "resumed by its user";
}

TEST(BoxTroublesTest, ARunThatGetsFurtherEachTimeIsNotGivenUp) {
  BoxTroubles troubles;
  for (int step = 0; step < 100; ++step) {
    EXPECT_TRUE(troubles.Note("01a", Kind::kKill, step, {}).ok());
  }
}

TEST(BoxTroublesTest, AForgottenRunIsNotHeldBack) {
  BoxTroubles troubles;
  ASSERT_TRUE(troubles.Note("01a", Kind::kDisk, 0, {}).ok());
  troubles.Forget("01a");
  EXPECT_EQ(troubles.HeldBackUntil("01a", {}), std::nullopt);
}

// The same in a queue.
class RunQueueTroubleTest : public RunQueueTest {
 protected:
  void EndForWantOfDisk(int64_t step) {
    NewestWorker().Say(EndedLine{.step = step,
                                 .outcome = AttemptOutcome::kInterrupted,
                                 .reason = "cannot write last.ckpt: No space left on device"});
    NewestWorker().Exit(false, "exited with status 0");
    Tick();
  }
  // Ticks until another worker starts; how long that took.
  absl::Duration AwaitNextLaunch() {
    const size_t launches = launcher_.launches();
    const absl::Duration begin = clock_.Now().monotonic;
    for (int tick = 0; tick < 10000 && launcher_.launches() == launches; ++tick) Tick();
    return clock_.Now().monotonic - begin;
  }
};

TEST_F(RunQueueTroubleTest, ARunWhoseCheckpointCannotBeWrittenWaitsAndGoesOnByItself) {
  const std::string run_id = SubmitAndStart();
  WriteCheckpoint(run_id, 1, 50, "memorised");
  NewestWorker().SayStep(80, clock_.Now().monotonic);
  Tick();
  EndForWantOfDisk(80);
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("waits: cannot write last.ckpt: No space left"));
  EXPECT_EQ(Get(run_id).attempts.back().outcome, AttemptOutcome::kInterrupted);
  EXPECT_THAT(EventsOf(run_id, "gap"), SizeIs(1));
  EXPECT_THAT(EventsOf(run_id, "failed"), IsEmpty());
  EXPECT_GE(AwaitNextLaunch(), BoxTroubles::kFirstPause - absl::Milliseconds(200));
  EXPECT_THAT(NewestWorker().start().resume_file, HasSubstr("1/step-50"));
  NewestWorker().EndAs("finished", 100);
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFinished);
}

TEST_F(RunQueueTroubleTest, WithoutProgressThePausesGrow) {
  SubmitAndStart();
  absl::Duration before = absl::ZeroDuration();
  for (int i = 0; i < 6; ++i) {
    EndForWantOfDisk(0);
    const absl::Duration waited = AwaitNextLaunch();
    EXPECT_GT(waited, before);
    before = waited;
  }
  EXPECT_GT(before, absl::Seconds(25));
}

TEST_F(RunQueueTroubleTest, OtherRunsTrainWhileOneWaits) {
  options_.max_running = 1;
  StartQueue();
  SubmitAndStart();
  EndForWantOfDisk(0);
  const std::string other = Submit();
  Tick();
  EXPECT_EQ(StateOf(other), RunState::kRunning);
}

TEST_F(RunQueueTroubleTest, AWorkerThatTheKernelKilledIsStartedAgain) {
  const std::string run_id = SubmitAndStart();
  NewestWorker().SayStep(30, clock_.Now().monotonic);
  NewestWorker().KillFromOutside();
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("killed by signal 9, not by the daemon at step 30"));
  AwaitNextLaunch();
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
}

TEST_F(RunQueueTroubleTest, ARunThatIsKilledAgainAndAgainFailsWithWhatToDo) {
  const std::string run_id = SubmitAndStart();
  for (int i = 0; i < BoxTroubles::kMostKills; ++i) {
    NewestWorker().KillFromOutside();
    Tick();
    if (i + 1 < BoxTroubles::kMostKills) AwaitNextLaunch();
  }
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("killed 5 times"));
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("smaller batch_size or width"));
}

TEST_F(RunQueueTroubleTest, WhatItsUserAskedForHoldsAlsoInTrouble) {
  const std::string paused = SubmitAndStart();
  ASSERT_TRUE(queue_->Pause(paused, "").ok());
  EndForWantOfDisk(10);
  EXPECT_EQ(StateOf(paused), RunState::kPaused);
  EXPECT_THAT(ReasonOf(paused), HasSubstr("No space left"));

  const std::string stopped = SubmitAndStart();
  ASSERT_TRUE(queue_->Stop(stopped, "").ok());
  EndForWantOfDisk(10);
  EXPECT_EQ(StateOf(stopped), RunState::kPaused);
  EXPECT_THAT(ReasonOf(stopped), HasSubstr("could not be stopped with a checkpoint"));

  const std::string cancelled = SubmitAndStart();
  ASSERT_TRUE(queue_->Cancel(cancelled, "").ok());
  NewestWorker().KillFromOutside();
  Tick();
  EXPECT_EQ(StateOf(cancelled), RunState::kCancelled);
}

// What a worker said while the database was locked is neither lost nor does it end the run.
TEST_F(RunQueueTroubleTest, ALockedDatabaseHoldsATrainingRunUpAndNothingIsLost) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  Tick();
  {
    const auto lock = LockTheDatabase();
    for (int64_t step = 1; step <= 20; ++step) {
      NewestWorker().SayStep(step, clock_.Now().monotonic);
      Tick();
    }
    EXPECT_FALSE(queue_->health().ok());
    EXPECT_THAT(ReasonOf(run_id), HasSubstr("reports wait to be stored"));
    NewestWorker().EndAs("finished", 20);
    Tick();
  }
  Tick();
  EXPECT_TRUE(queue_->health().ok());
  EXPECT_EQ(StateOf(run_id), RunState::kFinished);
  EXPECT_EQ(store_->updates().ReadReports(run_id)->size(), 20u);
}

TEST_F(RunQueueTroubleTest, WhileRunsAreHeldNoneStartsAndEachSaysWhy) {
  const std::string run_id = Submit();
  queue_->Hold(absl::UnavailableError("the database was deleted"));
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_EQ(ReasonOf(run_id), "waits: the database was deleted");
  EXPECT_FALSE(queue_->health().ok());
  queue_->Hold(absl::OkStatus());
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
}

}  // namespace
}  // namespace powerdown
