#include <filesystem>

#include "common/run/bundle_check.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Request = absl::StatusOr<powerdown::Run> (RunQueue::*)(const std::string&,
                                                             const std::string&);

// Brings a new run into `state`, with calls and worker lines as in real life.
class RunQueueRequestsTest : public RunQueueTest {
 protected:
  RunQueueRequestsTest() {
    options_.max_running = 100;
    StartQueue();
  }
  std::string RunIn(RunState state) {
    if (state == RunState::kQueued) return Submit();
    const std::string run_id = SubmitAndStart();
    if (state == RunState::kRunning) return run_id;
    absl::Status asked;
    if (state == RunState::kPaused) asked = queue_->Pause(run_id, "").status();
    if (state == RunState::kCancelled) asked = queue_->Cancel(run_id, "").status();
    EXPECT_TRUE(asked.ok()) << asked;
    if (state == RunState::kFailed) {
      NewestWorker().Exit(true, "killed by signal 9");
    } else if (state == RunState::kFinished) {
      NewestWorker().EndAs("finished", 100);
    } else if (state == RunState::kStopped) {
      NewestWorker().EndAs("stopped", 100, "grokked");
    } else {
      NewestWorker().EndAs("paused", 100, "pause");
    }
    Tick();
    EXPECT_EQ(StateOf(run_id), state);
    return run_id;
  }
  std::string RefusalOf(Request request, RunState state) {
    const std::string run_id = RunIn(state);
    const auto answer = (*queue_.*request)(run_id, "");
    EXPECT_EQ(StateOf(run_id), state);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kFailedPrecondition);
    return std::string(answer.status().message());
  }
  void ExpectRefusedIn(const std::vector<RunState>& states, Request request,
                       const std::string& words) {
    for (const RunState state : states) {
      const std::string refusal = RefusalOf(request, state);
      EXPECT_THAT(refusal, HasSubstr("is " + std::string(NameOf(state)) + ": " + words));
    }
  }
};

// Never after queueing: a run would wait its turn and then fail.
TEST_F(RunQueueRequestsTest, ADeviceThatTheBoxLacksIsRefusedAtOnce) {
  SubmitRequest request;
  request.owner = "ada";
  request.spec.device = "cuda";
  const auto refused = queue_->Submit(request);
  EXPECT_EQ(refused.status(), absl::InvalidArgumentError(
                                  "device: cuda is not available on this box; allowed: auto, cpu"));
  launcher_.set_devices(absl::UnavailableError("the program is gone"));
  EXPECT_EQ(queue_->Submit(request).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(*queue_->List({}), IsEmpty());
  request.spec.device = "cpu";
  EXPECT_TRUE(queue_->Submit(request).ok()) << "nobody is asked about processors";

  launcher_.set_devices(std::vector<std::string>{"cpu", "cuda"});
  request.spec.device = "cuda";
  const auto run = queue_->Submit(request);
  ASSERT_TRUE(run.ok()) << run.status();
  ASSERT_TRUE(queue_->Pause(run->run_id, "").ok());
  launcher_.set_devices(std::vector<std::string>{"cpu"});
  EXPECT_THAT(std::string(queue_->Resume(run->run_id, "").status().message()),
              HasSubstr("cuda is not available on this box"));
  EXPECT_EQ(StateOf(run->run_id), RunState::kPaused);
  launcher_.set_devices(std::vector<std::string>{"cpu", "cuda"});
  EXPECT_TRUE(queue_->Resume(run->run_id, "").ok());
}

TEST_F(RunQueueRequestsTest, EachRequestNamesTheStatesThatItIsFor) {
  using enum RunState;
  ExpectRefusedIn({kPaused, kStopped, kFinished, kFailed, kCancelled}, &RunQueue::Pause,
                  "only a queued or running run can be paused");
  ExpectRefusedIn({kQueued, kRunning, kStopped, kFinished, kCancelled}, &RunQueue::Resume,
                  "only a paused or failed run can be resumed");
  ExpectRefusedIn({kStopped, kFinished, kFailed, kCancelled}, &RunQueue::Stop,
                  "only a queued, running or paused run can be stopped");
  ExpectRefusedIn({kQueued, kRunning, kPaused, kFinished, kFailed, kCancelled}, &RunQueue::Continue,
                  "only a stopped run can be continued");
  ExpectRefusedIn({kStopped, kFinished, kFailed, kCancelled}, &RunQueue::Cancel,
                  "only a queued, running or paused run can be cancelled");
}

TEST_F(RunQueueRequestsTest, OnlyAnEndedRunIsDeletedAndItsFolderWithIt) {
  for (const RunState state : {RunState::kQueued, RunState::kRunning, RunState::kPaused}) {
    EXPECT_THAT(queue_->Delete(RunIn(state), "").ToString(),
                HasSubstr("only a finished, stopped, failed or cancelled run can be deleted"));
  }
  for (const RunState state : {RunState::kStopped, RunState::kFinished, RunState::kFailed}) {
    const std::string run_id = RunIn(state);
    EXPECT_TRUE(queue_->Delete(run_id, "").ok());
    EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/runs/" + run_id));
    EXPECT_TRUE(absl::IsNotFound(queue_->Get(run_id).status()));
  }
}

TEST_F(RunQueueRequestsTest, ARunningRunIsPausedOnceItsWorkerHasWrittenACheckpoint) {
  const std::string run_id = SubmitAndStart();
  const auto asked = queue_->Pause(run_id, "");
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->state, RunState::kRunning);
  EXPECT_EQ(asked->state_reason, "asked to pause");
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  WriteCheckpoint(run_id, 1, 40, "last");
  NewestWorker().EndAs("paused", 40, "pause");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
  ASSERT_TRUE(queue_->Resume(run_id, "").ok());
  Tick();
  EXPECT_EQ(NewestWorker().start().attempt, 2);
  EXPECT_THAT(NewestWorker().start().resume_file, HasSubstr(run_id + "/1/step-40"));
}

// Issue 2: a cancel after a pause was lost.
TEST_F(RunQueueRequestsTest, ACancelWinsOverAPauseThatWasAskedForBefore) {
  const std::string run_id = SubmitAndStart();
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  const auto cancelled = queue_->Cancel(run_id, "");
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->state_reason, "asked to cancel");
  NewestWorker().EndAs("paused", 40, "pause");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kCancelled);
  EXPECT_EQ(Get(run_id).attempts.at(0).outcome, AttemptOutcome::kCancelled);
}

TEST_F(RunQueueRequestsTest, AStopWinsOverAPauseAndLosesToACancel) {
  const std::string run_id = SubmitAndStart();
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  ASSERT_TRUE(queue_->Stop(run_id, "").ok());
  NewestWorker().EndAs("paused", 40, "pause");  // it had begun to pause
  Tick();
  const powerdown::Run stopped = Get(run_id);
  EXPECT_EQ(stopped.state, RunState::kStopped);
  ASSERT_TRUE(stopped.stop.has_value());
  EXPECT_EQ(stopped.stop->step, 40);
  EXPECT_EQ(stopped.stop->reason, StopReason::kUser);

  const std::string other = SubmitAndStart();
  ASSERT_TRUE(queue_->Cancel(other, "").ok());
  EXPECT_THAT(queue_->Pause(other, "").status().ToString(),
              HasSubstr("was already asked to cancel: it can no longer pause"));
  EXPECT_FALSE(queue_->Stop(other, "").ok());
}

TEST_F(RunQueueRequestsTest, AskingAgainNeitherSaysItAgainNorProlongsTheGrace) {
  const std::string run_id = SubmitAndStart();
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  Tick(absl::Seconds(9));
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  Tick(absl::Seconds(2));
  EXPECT_TRUE(NewestWorker().was_killed);
}

TEST_F(RunQueueRequestsTest, ContinueTakesBackAStopOfTheRuleAndKeepsTheRuleAfterAUsers) {
  const std::string by_rule = RunIn(RunState::kQueued);
  Tick();
  DecisionLine decision;
  decision.decision.stop = true;
  decision.decision.step = 100;
  NewestWorker().Say(decision);
  NewestWorker().EndAs("stopped", 100, "grokked");
  Tick();
  ASSERT_TRUE(queue_->Continue(by_rule, "").ok());
  Tick();
  EXPECT_TRUE(NewestWorker().start().take_back_stop);
  NewestWorker().EndAs("finished", 200);

  const std::string by_user = SubmitAndStart();
  ASSERT_TRUE(queue_->Stop(by_user, "").ok());
  NewestWorker().EndAs("stopped", 50, "user");
  Tick();
  ASSERT_TRUE(queue_->Continue(by_user, "").ok());
  Tick();
  EXPECT_FALSE(NewestWorker().start().take_back_stop);
}

TEST_F(RunQueueRequestsTest, ARequestIdRepeatsItsFirstAnswerAlsoAfterARestart) {
  const std::string first = Submit("a", "submit-1");
  EXPECT_EQ(Submit("a", "submit-1"), first);
  ASSERT_TRUE(queue_->Cancel(first, "cancel-1").ok());
  StartQueue();
  EXPECT_EQ(Submit("a", "submit-1"), first);
  const auto again = queue_->Cancel(first, "cancel-1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state, RunState::kCancelled);
  EXPECT_TRUE(queue_->Delete(first, "delete-1").ok());
  EXPECT_TRUE(queue_->Delete(first, "delete-1").ok());
  EXPECT_EQ(EventsOf(first, "state").size(), 0u);
}

TEST_F(RunQueueRequestsTest, AFullQueueRefusesNewRunsButRepeatsAnEarlierAnswer) {
  options_.max_queued_per_user = 2;
  StartQueue();
  const std::string first = Submit("a", "submit-1");
  Submit("b");
  SubmitRequest request;
  request.owner = "ada";
  const auto refused = queue_->Submit(request);
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(refused.status().ToString(),
              HasSubstr("2 runs of ada are queued already; at most 2 are allowed"));
  EXPECT_EQ(Submit("a", "submit-1"), first);
  request.owner = "grace";
  EXPECT_TRUE(queue_->Submit(request).ok());
}

TEST_F(RunQueueRequestsTest, AUserWithTooManyRunsDeletesSomeFirst) {
  options_.max_runs_per_user = 2;
  StartQueue();
  const std::string first = Submit("a", "submit-1");
  Submit("b");
  SubmitRequest request;
  request.owner = "ada";
  const auto refused = queue_->Submit(request);
  EXPECT_TRUE(absl::IsResourceExhausted(refused.status()));
  EXPECT_THAT(refused.status().ToString(),
              HasSubstr("ada has 2 runs; at most 2 are allowed; delete some"));
  EXPECT_EQ(Submit("a", "submit-1"), first) << "a repeat adds none";
  ASSERT_TRUE(queue_->Cancel(first, "").ok());
  ASSERT_TRUE(queue_->Delete(first, "").ok());
  EXPECT_TRUE(queue_->Submit(request).ok());
  RunBundle bundle;
  bundle.run.created_at = clock_.Now().wall;
  EXPECT_TRUE(absl::IsResourceExhausted(queue_->Import({bundle}, "ada", true, "").status()));
  EXPECT_TRUE(queue_->Import({bundle}, "grace", true, "").ok());
}

TEST_F(RunQueueRequestsTest, ARunHasSoManyAttempts) {
  for (const RunState state : {RunState::kPaused, RunState::kQueued}) {
    powerdown::Run run;
    run.run_id = state == RunState::kPaused ? "01paused" : "01queued";
    run.owner = "ada";
    run.state = state;
    run.created_at = clock_.Now().wall;
    for (size_t i = 1; i <= kMostAttempts; ++i) {
      Attempt& attempt = run.attempts.emplace_back();
      attempt.attempt = static_cast<int64_t>(i);
      attempt.started_at = run.created_at;
      attempt.ended_at = run.created_at;
    }
    ASSERT_TRUE(store_->group().Commit({.run = run, .is_new = true}).ok());
  }
  EXPECT_THAT(queue_->Resume("01paused", "").status().ToString(),
              HasSubstr("run 01paused has had 1000 attempts, which is the limit; submit its spec"));
  Tick();
  EXPECT_EQ(launcher_.launches(), 0);
  EXPECT_EQ(StateOf("01queued"), RunState::kFailed);
  EXPECT_THAT(Get("01queued").state_reason, HasSubstr("1000 attempts"));
}

TEST_F(RunQueueRequestsTest, ADryRunChecksAndLeavesNothing) {
  SubmitRequest request;
  request.validate_only = true;
  EXPECT_EQ(queue_->Submit(request)->run_id, "");
  EXPECT_THAT(*queue_->List({}), IsEmpty());
  request.spec.modulus = 1;
  EXPECT_THAT(queue_->Submit(request).status().ToString(), HasSubstr("modulus"));
}

TEST_F(RunQueueRequestsTest, ARequestThatCannotBeWrittenChangesNothingAndCanBeRepeated) {
  UseFile();
  const std::string run_id = Submit("a", "submit-1");
  {
    const auto lock = LockTheDatabase();
    EXPECT_TRUE(absl::IsUnavailable(queue_->Cancel(run_id, "cancel-1").status()));
    EXPECT_TRUE(absl::IsUnavailable(
        queue_->Delete(run_id, "").ok() ? absl::OkStatus() : queue_->Pause(run_id, "").status()));
    EXPECT_EQ(StateOf(run_id), RunState::kQueued);
  }
  EXPECT_TRUE(queue_->Cancel(run_id, "cancel-1").ok());
  EXPECT_THAT(EventsOf(run_id, "state"), ElementsAre("queued", "cancelled: cancelled by its user"));
}

// The simulator's find: the answer was OK, and a crash later nobody had ever asked.
TEST_F(RunQueueRequestsTest, ARunningRunIsNotAskedToEndWhileThatCannotBeWritten) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  Tick();
  {
    const auto lock = LockTheDatabase();
    EXPECT_TRUE(absl::IsUnavailable(queue_->Pause(run_id, "pause-1").status()));
    EXPECT_TRUE(absl::IsUnavailable(queue_->Stop(run_id, "stop-1").status()));
    EXPECT_TRUE(absl::IsUnavailable(queue_->Cancel(run_id, "cancel-1").status()));
    EXPECT_THAT(NewestWorker().ends(), IsEmpty());
    EXPECT_THAT(ReasonOf(run_id), ::testing::Not(HasSubstr("asked")));
    EXPECT_FALSE(queue_->health().ok());
  }
  ASSERT_TRUE(queue_->Cancel(run_id, "cancel-1").ok());
  EXPECT_THAT(NewestWorker().ends(), ElementsAre("pause"));
  EXPECT_EQ(store_->runs().Get(run_id)->state_reason, "asked to cancel");
  EXPECT_EQ(*store_->answers().Find("cancel-1", "cancel"), run_id);
}

TEST_F(RunQueueRequestsTest, WhatARunWasAskedIsDoneAlsoIfTheDaemonCrashesMeanwhile) {
  UseFile();
  const std::string paused = SubmitAndStart();
  const std::string stopped = SubmitAndStart();
  const std::string cancelled = SubmitAndStart();
  ASSERT_TRUE(queue_->Pause(paused, "").ok());
  ASSERT_TRUE(queue_->Stop(stopped, "").ok());
  ASSERT_TRUE(queue_->Cancel(cancelled, "").ok());
  // What people read decides nothing.
  SQLite::Database(folder_.path() + "/powerdown.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE runs SET state_reason = 'asked to cancel'");
  StartQueue();
  EXPECT_EQ(StateOf(paused), RunState::kPaused);
  EXPECT_EQ(StateOf(stopped), RunState::kStopped);
  EXPECT_EQ(StateOf(cancelled), RunState::kCancelled);
  EXPECT_TRUE(Get(stopped).stop.has_value());
  EXPECT_EQ(Get(cancelled).attempts.at(0).outcome, AttemptOutcome::kInterrupted);
  ASSERT_TRUE(queue_->Resume(paused, "").ok());
  Tick();
  StartQueue();  // what it was asked before it was resumed is done
  EXPECT_EQ(StateOf(paused), RunState::kQueued);
}

TEST_F(RunQueueRequestsTest, ARunThatEndsWhileNothingCanBeWrittenEndsOnceItCan) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  Tick();
  ASSERT_TRUE(queue_->Cancel(run_id, "").ok());
  {
    const auto lock = LockTheDatabase();
    NewestWorker().EndAs("paused", 10, "pause");
    Tick();
    EXPECT_EQ(StateOf(run_id), RunState::kRunning);
    EXPECT_TRUE(absl::IsUnavailable(queue_->Stop(run_id, "").status()));
    EXPECT_FALSE(queue_->health().ok());
  }
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kCancelled);
  EXPECT_TRUE(queue_->health().ok());
}

// The simulator's find: the edit's older row was written over the end that had waited.
TEST_F(RunQueueRequestsTest, AnEditDoesNotTakeBackAnEndThatWaitedForTheDisk) {
  UseFile();
  const std::string run_id = SubmitAndStart();
  Tick();
  {
    const auto lock = LockTheDatabase();
    NewestWorker().EndAs("finished", 10);
    Tick();
    EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  }
  ASSERT_TRUE(queue_->Update(run_id, {.name = "new"}, "").ok());
  EXPECT_EQ(StateOf(run_id), RunState::kFinished);
  EXPECT_EQ(Get(run_id).name, "new");
  EXPECT_EQ(Get(run_id).attempts.at(0).outcome, AttemptOutcome::kFinished);
}

TEST_F(RunQueueRequestsTest, AnUnknownRunIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(queue_->Pause("01k9nothing", "").status()));
  EXPECT_TRUE(absl::IsNotFound(queue_->Delete("01k9nothing", "")));
  EXPECT_TRUE(absl::IsNotFound(queue_->Get("01k9nothing").status()));
}

TEST_F(RunQueueRequestsTest, ACommandIsARunOfItsOwnKind) {
  const std::string run_id = SubmitCommand();
  const powerdown::Run run = Get(run_id);
  EXPECT_EQ(run.state, RunState::kRunning);
  EXPECT_FALSE(HasSpec(run));
  EXPECT_EQ(run.name, "python3 train.py");
  EXPECT_EQ(run.max_steps, 0);
  const FakeWorkerState& runner = NewestWorker();
  EXPECT_TRUE(runner.order.is_command);
  EXPECT_EQ(runner.order.memory_bytes, 0);
  EXPECT_EQ(runner.start().command->words, run.command->words);
  EXPECT_THAT(runner.start().environment, ::testing::ElementsAre("KEY=secret"));
  SubmitRequest bad;
  bad.command.emplace();
  EXPECT_THAT(std::string(queue_->Submit(bad).status().message()), HasSubstr("command: is empty"));
}

TEST_F(RunQueueRequestsTest, APausedCommandStandsStillAndKeepsItsWorker) {
  const std::string run_id = SubmitCommand();
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
  EXPECT_TRUE(std::get<HoldCommand>(NewestWorker().commands.back()).is_held);
  EXPECT_TRUE(NewestWorker().ends().empty());
  Tick(absl::Hours(1));
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
  ASSERT_TRUE(queue_->Resume(run_id, "").ok());
  EXPECT_EQ(StateOf(run_id), RunState::kRunning);
  EXPECT_FALSE(std::get<HoldCommand>(NewestWorker().commands.back()).is_held);
  EXPECT_EQ(launcher_.launches(), 1u);
  ASSERT_TRUE(queue_->Pause(run_id, "").ok());
  ASSERT_TRUE(queue_->Cancel(run_id, "").ok());
  EXPECT_THAT(NewestWorker().ends(), ::testing::ElementsAre("cancel"));
  EXPECT_FALSE(queue_->Pause(run_id, "").ok());
  NewestWorker().EndAs("failed", 0, "the command was killed by signal 15");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kCancelled);
}

TEST_F(RunQueueRequestsTest, AStoppedCommandTakesItsTimeAndACancelledOneItsGrace) {
  CommandSpec command;
  command.stop_grace_seconds = 60;
  const std::string run_id = SubmitCommand(command);
  ASSERT_TRUE(queue_->Stop(run_id, "").ok());
  Tick(absl::Hours(1));
  EXPECT_FALSE(NewestWorker().was_killed);
  ASSERT_TRUE(queue_->Cancel(run_id, "").ok());
  Tick(absl::Seconds(60));
  EXPECT_FALSE(NewestWorker().was_killed);
  Tick(options_.end_grace);
  EXPECT_TRUE(NewestWorker().was_killed);
}

TEST_F(RunQueueRequestsTest, ACommandThatTheDaemonLeftIsNotStartedAgainByItself) {
  UseFile();
  const std::string run_id = SubmitCommand();
  const std::string held = SubmitCommand();
  ASSERT_TRUE(queue_->Pause(held, "").ok());
  CommandSpec command;
  command.retries = 1;
  options_.max_running = 3;
  StartQueue();
  EXPECT_EQ(StateOf(run_id), RunState::kFailed);
  EXPECT_EQ(StateOf(held), RunState::kFailed);
  EXPECT_EQ(ReasonOf(held), "the daemon ended while it ran");
  const std::string patient = SubmitCommand(command);
  StartQueue();
  EXPECT_EQ(StateOf(patient), RunState::kQueued);
  EXPECT_THAT(ReasonOf(patient), HasSubstr("is tried again, 1 of 1"));
}

TEST_F(RunQueueRequestsTest, ACommandStandsStillWhenItsBudgetIsUsedUp) {
  const std::string run_id = SubmitCommand();
  ASSERT_TRUE(queue_->SetAllowance("ada", Period::kDay, *ParseBudget("0.000001Wh")).ok());
  for (int i = 0; i < 3; ++i) {
    box_.Use(101, absl::Seconds(1));  // its runner, and all below it
    Tick(absl::Seconds(1));
  }
  EXPECT_EQ(StateOf(run_id), RunState::kPaused);
  EXPECT_THAT(ReasonOf(run_id), HasSubstr("energy budget"));
  EXPECT_FALSE(queue_->Resume(run_id, "").ok());
  EXPECT_TRUE(NewestWorker().ends().empty());
}

TEST_F(RunQueueRequestsTest, ACommandIsToldItsEnergyOnceASecond) {
  SubmitCommand();
  for (int i = 0; i < 30; ++i) {
    box_.Use(101, absl::Milliseconds(100));
    Tick();
  }
  std::vector<EnergyCommand> told;
  for (const WorkerCommand& command : NewestWorker().commands) {
    if (const auto* energy = std::get_if<EnergyCommand>(&command)) told.push_back(*energy);
  }
  ASSERT_GE(told.size(), 2u);
  EXPECT_LE(told.size(), 4u);
  EXPECT_GT(told.back().joules, told.front().joules);
  EXPECT_LE(told.back().low, told.back().joules);
  EXPECT_GE(told.back().high, told.back().joules);
}

}  // namespace
}  // namespace powerdown
