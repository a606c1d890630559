#include "server/run/run_queue.h"

#include <thread>

#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(RunQueueTest, ARestartPutsInterruptedRunsBackInTheQueueWithTheirAttempts) {
  const std::string running = SubmitAndStart();
  const std::string paused = Submit();
  ASSERT_TRUE(queue_->Pause(paused, "").ok());
  NewestWorker().SayStep(60, clock_.Now().monotonic);
  WriteCheckpoint(running, 1, 50, "memorised");
  Tick();
  StartQueue();  // the first one died without a word
  const powerdown::Run run = Get(running);
  EXPECT_EQ(run.state, RunState::kQueued);
  EXPECT_EQ(run.state_reason, "place 1 of 1 (the daemon was restarted)");
  ASSERT_THAT(run.attempts, SizeIs(1));
  EXPECT_EQ(run.attempts[0].outcome, AttemptOutcome::kInterrupted);
  EXPECT_TRUE(run.attempts[0].ended_at.has_value());
  EXPECT_THAT(EventsOf(running, "gap"), ElementsAre("the daemon ended while it ran"));
  EXPECT_EQ(StateOf(paused), RunState::kPaused);
  Tick();
  EXPECT_EQ(NewestWorker().start().attempt, 2);
  EXPECT_THAT(NewestWorker().start().resume_file, HasSubstr("/1/step-50"));
}

TEST_F(RunQueueTest, EveryReportThatWasPublishedIsThereAfterARestart) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  int64_t published = 0;
  const int64_t handle = feed_.Subscribe([&](int64_t revision) { published = revision; });
  for (int64_t step = 1; step <= 20; ++step) {
    NewestWorker().SayStep(step, clock_.Now().monotonic);
    Tick();
  }
  feed_.Unsubscribe(handle);
  UseFile();
  EXPECT_THAT(*store_->updates().ReadReports(run_id), SizeIs(20));
  EXPECT_GE(*store_->updates().NewestRevision(), published);
  EXPECT_EQ(Get(run_id).steps, 20);
}

TEST_F(RunQueueTest, NothingIsPublishedBeforeItIsCommitted) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  Tick();
  const int64_t before = feed_.newest_revision();
  {
    const auto lock = LockTheDatabase();
    NewestWorker().SayStep(10, clock_.Now().monotonic);
    Tick();
    EXPECT_EQ(feed_.newest_revision(), before);
    EXPECT_EQ(Get(run_id).steps, 0);
    EXPECT_THAT(queue_->health().ToString(), HasSubstr("lock"));
  }
  Tick();
  EXPECT_THAT(feed_.newest_revision(), Gt(before));
  EXPECT_EQ(Get(run_id).steps, 10);
  EXPECT_EQ(*store_->updates().NewestRevision(), feed_.newest_revision());
}

TEST_F(RunQueueTest, WhoeverSeesARunEndedSeesAllItsUpdates) {
  const std::string run_id = SubmitAndStart();
  bool was_whole = true;
  int seen = 0;
  const int64_t handle = feed_.Subscribe([&](int64_t) {
    if (!HasEnded(store_->runs().Get(run_id)->state)) return;
    ++seen;
    was_whole = was_whole && store_->updates().ReadEvents(run_id, "finished")->size() == 1;
  });
  NewestWorker().EndAs("finished", 100);
  Tick();
  feed_.Unsubscribe(handle);
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(was_whole);
}

TEST_F(RunQueueTest, ADiskThatIsFullLosesNothingAndTheRunGoesOn) {
  UseFile(200);
  const std::string ballast = Submit("ballast");
  ASSERT_TRUE(queue_->Cancel(ballast, "").ok());
  const std::string run_id = SubmitAndStart();
  Tick();
  RunEvent large;
  large.run_id = ballast;
  large.kind = EventKind::kState;
  large.message = std::string(50000, 'x');
  absl::Status full;
  for (int i = 0; i < 100 && full.ok(); ++i) {
    store_->group().Append(large);
    full = store_->group().Commit().status();
  }
  ASSERT_TRUE(absl::IsResourceExhausted(full)) << full;
  for (int64_t step = 1; step <= 5; ++step) {
    NewestWorker().SayStep(step, clock_.Now().monotonic);
    Tick();
  }
  EXPECT_TRUE(absl::IsResourceExhausted(queue_->health())) << queue_->health();
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  EXPECT_FALSE(NewestWorker().was_killed);
  ASSERT_TRUE(queue_->Delete(ballast, "").ok());
  Tick();
  EXPECT_TRUE(queue_->health().ok()) << queue_->health();
  EXPECT_THAT(*store_->updates().ReadReports(run_id), SizeIs(5));
}

TEST_F(RunQueueTest, AShutdownLetsWorkersCheckpointAndKeepsTheirRunsInTheQueue) {
  const std::string run_id = SubmitAndStart();
  const std::string waiting = Submit();
  queue_->BeginShutdown(clock_.Now());
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("shutdown"));
  EXPECT_FALSE(queue_->is_idle());
  NewestWorker().EndAs("paused", 70, "shutdown");
  Tick();
  EXPECT_TRUE(queue_->is_idle());
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_EQ(ReasonOf(run_id), "place 1 of 2 (continues from step 70)");
  EXPECT_EQ(Get(run_id).attempts.at(0).outcome, AttemptOutcome::kInterrupted);
  EXPECT_EQ(StateOf(waiting), RunState::kQueued);
  EXPECT_EQ(launcher_.launches(), 1u);
}

TEST_F(RunQueueTest, AWorkerThatDoesNotHeedAShutdownIsKilledAndItsRunGoesOnLater) {
  const std::string run_id = SubmitAndStart();
  queue_->BeginShutdown(clock_.Now());
  Tick(absl::Seconds(11));
  Tick();
  EXPECT_TRUE(NewestWorker().was_killed);
  EXPECT_TRUE(queue_->is_idle());
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("the daemon was shut down: worker did not end"));
}

TEST_F(RunQueueTest, ThereIsWorkUntilAllRunsHaveEnded) {
  Tick();
  EXPECT_FALSE(queue_->has_work());
  const std::string run_id = SubmitAndStart();
  EXPECT_TRUE(queue_->has_work());
  NewestWorker().EndAs("finished", 10);
  Tick();
  Tick();
  EXPECT_FALSE(queue_->has_work());
}

// A run that trained for a minute has about 300 ledger rows.
TEST_F(RunQueueTest, AListOfFiveHundredRunsAddsUpEachLedger) {
  for (int i = 0; i < 500; ++i) {
    const std::string run_id = Submit();
    for (int row = 0; row < 28; ++row) {
      LedgerInterval interval;
      interval.device = "cpu";
      interval.consumer = AttemptConsumer(run_id, 1);
      interval.start = absl::Milliseconds(100 * row);
      interval.end = interval.start + absl::Milliseconds(100);
      interval.joules = interval.low = interval.high = Joules(1);
      interval.source = "rapl";
      store_->group().Append(interval, "boot");
    }
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  RunFilter filter;
  filter.limit = 1000;
  const auto runs = queue_->List(filter);
  ASSERT_TRUE(runs.ok()) << runs.status();
  ASSERT_THAT(*runs, SizeIs(500));
  EXPECT_NEAR(runs->front().energy->gross.value(), 28, 1e-9);
}

// Issue 17: a disk that does not answer made every list wait.
TEST_F(RunQueueTest, ReadsGoOnAndChangesAreRefusedWhileTheDiskDoesNotAnswer) {
  options_.longest_wait = absl::Milliseconds(1);
  OpenStore(folder_.path() + "/powerdown.db", 0, /*busy_timeout=*/absl::Minutes(1));
  StartQueue();
  const std::string run_id = Submit();
  auto locked = LockTheDatabase();
  std::thread writer([&] { EXPECT_TRUE(queue_->Pause(run_id, "").ok()); });
  SubmitRequest trial;
  trial.validate_only = true;
  absl::Status refused;
  while (refused.ok()) refused = queue_->Submit(trial).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("nothing was changed, try again"));
  EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  EXPECT_EQ(queue_->List(RunFilter())->size(), 1u);
  EXPECT_TRUE(queue_->has_work());
  EXPECT_TRUE(queue_->AllowancesOf("ada").empty());
  locked.reset();
  writer.join();
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
}

}  // namespace
}  // namespace powerdown
