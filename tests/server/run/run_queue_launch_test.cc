#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using RunQueueLaunchTest = RunQueueTest;

TEST_F(RunQueueLaunchTest, RunsStartInTheOrderOfTheirSubmissionAndNoMoreThanAllowed) {
  std::vector<std::string> run_ids;
  for (int i = 0; i < 4; ++i) run_ids.push_back(Submit());
  Tick();
  ASSERT_EQ(launcher_.launches(), 2u);
  EXPECT_EQ(launcher_.worker(0).start().run_id, run_ids[0]);
  EXPECT_EQ(launcher_.worker(1).start().run_id, run_ids[1]);
  for (int i = 0; i < 5; ++i) Tick();
  EXPECT_EQ(launcher_.launches(), 2u);
  launcher_.worker(1).EndAs("finished", 100);
  Tick();
  ASSERT_EQ(launcher_.launches(), 3u);
  EXPECT_EQ(launcher_.worker(2).start().run_id, run_ids[2]);
  EXPECT_EQ(StateOf(run_ids[1]), RunState::kFinished);
  EXPECT_EQ(StateOf(run_ids[3]), RunState::kQueued);
}

TEST_F(RunQueueLaunchTest, AWorkerIsToldWhatToTrainWhereAndFromWhichCheckpoint) {
  const std::string run_id = SubmitAndStart();
  const StartCommand start = NewestWorker().start();
  EXPECT_EQ(start.attempt, 1);
  EXPECT_EQ(start.resume_file, "");
  EXPECT_EQ(start.directory, folder_.path() + "/runs/" + run_id + "/1");
  EXPECT_TRUE(std::filesystem::is_directory(start.directory));
  EXPECT_EQ(NewestWorker().order.lock_file, folder_.path() + "/runs/" + run_id + "/lock");
}

TEST_F(RunQueueLaunchTest, ARunThatCannotBeStartedFailsWithTheCauseAndTheNextOneStarts) {
  launcher_.FailNext(absl::NotFoundError("cannot start /x: No such file or directory"));
  const std::string first = Submit();
  const std::string second = Submit();
  Tick();
  EXPECT_EQ(StateOf(first), RunState::kFailed);
  EXPECT_EQ(ReasonOf(first), "cannot start /x: No such file or directory");
  EXPECT_TRUE(Get(first).ended_at.has_value());
  EXPECT_EQ(StateOf(second), RunState::kRunning);
}

TEST_F(RunQueueLaunchTest, ABoxInTroubleKeepsItsQueueSaysWhyAndTriesAgain) {
  launcher_.FailAll(absl::ResourceExhaustedError("cannot start a worker process: no memory"));
  const std::string first = Submit();
  const std::string second = Submit();
  for (int i = 0; i < 30; ++i) Tick();
  EXPECT_EQ(StateOf(first), RunState::kQueued);
  EXPECT_EQ(ReasonOf(first), "place 1 of 2 (waits: cannot start a worker process: no memory)");
  EXPECT_EQ(StateOf(second), RunState::kQueued);
  EXPECT_EQ(EventsOf(first, "state").size(), 2u);  // not one a try
  launcher_.FailAll(absl::OkStatus());
  Tick(absl::Seconds(1));
  EXPECT_EQ(StateOf(first), RunState::kRunning);
  EXPECT_EQ(ReasonOf(first), "");
  EXPECT_EQ(StateOf(second), RunState::kRunning);
}

TEST_F(RunQueueLaunchTest, ARunWaitsForItsEarlierWorkerWhileOthersGo) {
  launcher_.FailNext(absl::FailedPreconditionError("lock is held by an earlier worker"));
  const std::string first = Submit();
  const std::string second = Submit();
  Tick();
  EXPECT_EQ(StateOf(first), RunState::kQueued);
  EXPECT_EQ(StateOf(second), RunState::kRunning);
  Tick(absl::Milliseconds(900));
  EXPECT_EQ(StateOf(first), RunState::kQueued);
  Tick(absl::Milliseconds(200));
  EXPECT_EQ(StateOf(first), RunState::kRunning);
}

TEST_F(RunQueueLaunchTest, AWorkerThatCannotBeToldToStartFailsItsRunAndIsForgottenByTheSampler) {
  launcher_.DeafenNext();
  const std::string run_id = Submit();
  Tick();
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("the start command could not be sent"));
  Tick();
  EXPECT_FALSE(
      sampler_->StandingAt(AttemptConsumer(run_id, 1), clock_.Now().monotonic).has_value());
}

TEST_F(RunQueueLaunchTest, NoWorkerStartsBeforeItsAttemptIsWritten) {
  UseFile();
  const std::string run_id = Submit();
  {
    const auto lock = LockTheDatabase();
    Tick();
    EXPECT_TRUE(NewestWorker().commands.empty());
    EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  }
  Tick(absl::Seconds(2));
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  ASSERT_EQ(Get(run_id).attempts.size(), 1u);
  EXPECT_EQ(Get(run_id).attempts[0].outcome, AttemptOutcome::kRunning);
}

TEST_F(RunQueueLaunchTest, APausedRunLeavesTheQueueAndComesBackBehindNobodyOlder) {
  const std::string first = Submit();
  const std::string second = Submit();
  const std::string third = Submit();
  ASSERT_TRUE(queue_->Pause(first, "").ok());
  Tick();
  EXPECT_EQ(StateOf(first), RunState::kPaused);
  EXPECT_EQ(StateOf(second), RunState::kRunning);
  EXPECT_EQ(StateOf(third), RunState::kRunning);
  ASSERT_TRUE(queue_->Resume(first, "").ok());
  const std::string fourth = Submit();
  launcher_.worker(0).EndAs("finished", 10);
  Tick();
  EXPECT_EQ(StateOf(first), RunState::kRunning);
  EXPECT_EQ(StateOf(fourth), RunState::kQueued);
}

TEST_F(RunQueueLaunchTest, TheNewestFullCheckpointThatIsStillThereIsTheOneToGoOnFrom) {
  const std::string run_id = SubmitAndStart();
  WriteCheckpoint(run_id, 1, 40, "memorised");
  WriteCheckpoint(run_id, 1, 80, "last");
  Tick();
  std::filesystem::remove(folder_.path() + "/runs/" + run_id + "/1/step-80");
  NewestWorker().Exit(true, "killed by signal 9");
  Tick();
  ASSERT_TRUE(queue_->Resume(run_id, "").ok());
  Tick();
  EXPECT_THAT(NewestWorker().start().resume_file, ::testing::EndsWith("/1/step-40"));
}

}  // namespace
}  // namespace powerdown
