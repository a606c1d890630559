#include "server/run/worker_dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/base/text.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1700000000);

class WorkerDialogueTest : public ::testing::Test {
 protected:
  WorkerDialogueTest() {
    progress_.run.run_id = "01a";
    progress_.run.state = RunState::kRunning;
    progress_.attempt.attempt = 2;
  }
  LineEffects Say(const WorkerLine& line, std::optional<MeteredUse> used = std::nullopt) {
    Instant now;
    now.monotonic = absl::Seconds(60);
    now.wall = kNow;
    return TakeLine(progress_, line, used, ids_, now);
  }
  std::vector<RunEvent> End(WorkerEnd end) {
    end.description = "exited with status 0";
    return powerdown::Conclude(progress_, end, kNow);
  }

  RunProgress progress_;
  IdGenerator ids_{7};
};

auto Told(EventKind kind, const std::string& message) {
  return AllOf(Field(&RunEvent::kind, Named<EventKind>(kind)),
               Field(&RunEvent::message, HasSubstr(message)), Field(&RunEvent::run_id, "01a"));
}

TEST_F(WorkerDialogueTest, AWorkerOfTheSameVersionIsWelcome) {
  const LineEffects effects = Say(HelloLine{});
  EXPECT_FALSE(effects.must_kill);
  EXPECT_EQ(progress_.failure, "");
}

TEST_F(WorkerDialogueTest, AWorkerOfAnotherVersionIsKilled) {
  EXPECT_TRUE(Say(HelloLine{.version = kWorkerLineVersion + 1}).must_kill);
  EXPECT_THAT(progress_.failure, HasSubstr("install both from one build"));
}

TEST_F(WorkerDialogueTest, AStartIsAnEventAndSetsTheDevice) {
  const LineEffects effects =
      Say(StartedLine{.step = 40, .device = "cuda:0", .hardware = "a card"});
  EXPECT_EQ(effects.device, "cuda:0");
  EXPECT_TRUE(effects.is_row_changed);
  EXPECT_THAT(effects.events,
              ElementsAre(Told(EventKind::kAttempt, "attempt 2 starts at step 40 on cuda:0")));
  EXPECT_EQ(progress_.run.hardware, "a card");
  EXPECT_EQ(progress_.attempt.first_step, 40);
}

TEST_F(WorkerDialogueTest, AStepIsAReportAtItsOwnTimeWithWhatTheMetersSay) {
  progress_.attempt.last_step = 40;
  StepLine line;
  line.monotonic = absl::Seconds(58);
  line.evaluation = {50, 0.5, 1.0, 0.7, 0.25};
  const LineEffects effects = Say(line, MeteredUse{Watts(100), Joules(7)});
  ASSERT_TRUE(effects.report);
  EXPECT_EQ(effects.report->time, kNow - absl::Seconds(2));
  EXPECT_EQ(effects.report->attempt, 2);
  EXPECT_EQ(effects.report->power, Watts(100));
  EXPECT_EQ(effects.report->energy, Joules(7));
  EXPECT_EQ(effects.steps_done, 10);
  EXPECT_THAT(effects.events, IsEmpty());
  EXPECT_EQ(progress_.run.steps, 50);
  EXPECT_EQ(progress_.run.validation_accuracy, 0.25);
  EXPECT_FALSE(Say(line).report->energy) << "what is not known is absent, not zero";
}

TEST_F(WorkerDialogueTest, AMilestoneIsAnEventOnce) {
  const MilestoneLine grokked{EventKind::kGrokked, 45, 50};
  EXPECT_THAT(Say(MilestoneLine{EventKind::kMemorised, 20, 20}).events,
              ElementsAre(Told(EventKind::kMemorised, "memorised at step 20")));
  EXPECT_THAT(Say(grokked).events, ElementsAre(Told(EventKind::kGrokked, "grokked at step 45")));
  EXPECT_THAT(Say(grokked).events, IsEmpty());
  EXPECT_EQ(progress_.run.memorised_step, 20);
  EXPECT_EQ(progress_.run.grok_step, 45);
}

TEST_F(WorkerDialogueTest, ADecisionStopsTheRunOnlyWhereTheRuleIsOn) {
  struct {
    AutoStop mode;
    bool stop;
    EventKind kind;
    const char* message;
    std::optional<StopMode> stop_mode;
  } const kCases[] = {
      {AutoStop::kOn, false, EventKind::kDecision, "spike", std::nullopt},
      {AutoStop::kOn, true, EventKind::kStopped, "stopped at step 50", StopMode::kOn},
      {AutoStop::kPlanned, true, EventKind::kStopped, "stopped at step 50", StopMode::kPlanned},
      {AutoStop::kObserve, true, EventKind::kStopped, "observed only", StopMode::kObserve},
  };
  for (const auto& each : kCases) {
    progress_.run.stop.reset();
    progress_.run.auto_stop = each.mode;
    DecisionLine line;
    line.decision.step = 50;
    line.decision.stop = each.stop;
    line.decision.verdict = RuleVerdict::kSpike;
    EXPECT_THAT(Say(line).events, ElementsAre(Told(each.kind, each.message)));
    EXPECT_EQ(progress_.run.stop.has_value(), each.stop_mode.has_value());
    if (!each.stop_mode) continue;
    EXPECT_EQ(progress_.run.stop->reason, StopReason::kGrokked);
    EXPECT_EQ(progress_.run.stop->mode, *each.stop_mode);
  }
}

TEST_F(WorkerDialogueTest, OnlyAForecastIsTheRunsLatestForecast) {
  struct {
    EventKind kind;
    std::optional<int64_t> stop_step;
    const char* message;
  } const kCases[] = {
      {EventKind::kPlanned, 900, "planned to pause at step 900"},
      {EventKind::kPlanned, std::nullopt, "no pause is planned"},
      {EventKind::kAbandon, std::nullopt, "will not grok within its step limit"},
      {EventKind::kForecast, std::nullopt, "forecast to grok near step 700"},
  };
  for (const auto& each : kCases) {
    EXPECT_FALSE(progress_.run.forecast);
    ForecastLine line;
    line.kind = each.kind;
    line.stop_step = each.stop_step;
    line.forecast.grok_step = 700;
    EXPECT_THAT(Say(line).events, ElementsAre(Told(each.kind, each.message)));
  }
  ASSERT_TRUE(progress_.run.forecast);
  EXPECT_EQ(progress_.run.forecast->grok_step, 700);
}

TEST_F(WorkerDialogueTest, ACheckpointGetsAnIdAndAPathAndIsTold) {
  CheckpointLine line;
  line.checkpoint = {.step = 50,
                     .label = CheckpointLabel::kStop,
                     .kind = CheckpointKind::kFull,
                     .file = "stop.ckpt"};
  const LineEffects effects = Say(line);
  ASSERT_EQ(effects.checkpoints.size(), 1u);
  EXPECT_NE(effects.checkpoints[0].checkpoint_id, "");
  EXPECT_EQ(effects.checkpoints[0].attempt, 2);
  EXPECT_EQ(effects.checkpoints[0].file, "runs/01a/2/stop.ckpt");
  EXPECT_THAT(effects.events, ElementsAre(Told(EventKind::kCheckpoint, "stop at step 50")));
  EXPECT_EQ(effects.events[0].details_json, FormatDetails(effects.checkpoints[0]));
}

TEST_F(WorkerDialogueTest, FramesAreCheckpointsWithoutEvents) {
  FramesLine line;
  line.frames = {{{.step = 10, .file = "a"}}, {{.step = 20, .file = "b"}}};
  const LineEffects effects = Say(line);
  ASSERT_EQ(effects.checkpoints.size(), 2u);
  EXPECT_EQ(effects.checkpoints[1].file, "runs/01a/2/b");
  EXPECT_NE(effects.checkpoints[0].checkpoint_id, effects.checkpoints[1].checkpoint_id);
  EXPECT_THAT(effects.events, IsEmpty());
}

TEST_F(WorkerDialogueTest, AnswersAreNotTheQueues) {
  const LineEffects effects = Say(AnswersLine{});
  EXPECT_THAT(effects.events, IsEmpty());
  EXPECT_FALSE(effects.is_row_changed);
}

struct EndCase {
  const char* name;
  std::optional<EndedLine> said;
  EndReason asked;
  RunState state;
  AttemptOutcome outcome;
  const char* reason;
};

// What the worker said of its end, and what it was asked for, decide together.
const EndCase kEnds[] = {
    {"finished", EndedLine{90, AttemptOutcome::kFinished}, EndReason::kNone, RunState::kFinished,
     AttemptOutcome::kFinished, ""},
    {"stopped by the rule", EndedLine{90, AttemptOutcome::kStopped, StopReason::kGrokked},
     EndReason::kNone, RunState::kStopped, AttemptOutcome::kStopped, "grokked"},
    {"stopped by its user", EndedLine{90, AttemptOutcome::kStopped, StopReason::kUser},
     EndReason::kStop, RunState::kStopped, AttemptOutcome::kStopped, "user"},
    {"stopped while it paused", EndedLine{90, AttemptOutcome::kPaused}, EndReason::kStop,
     RunState::kStopped, AttemptOutcome::kStopped, "user"},
    {"paused by its user", EndedLine{90, AttemptOutcome::kPaused}, EndReason::kPause,
     RunState::kPaused, AttemptOutcome::kPaused, "paused by its user"},
    {"paused for its budget", EndedLine{90, AttemptOutcome::kPaused}, EndReason::kBudget,
     RunState::kPaused, AttemptOutcome::kPaused, "1 kJ is used up"},
    {"shut down", EndedLine{90, AttemptOutcome::kPaused}, EndReason::kShutdown, RunState::kQueued,
     AttemptOutcome::kInterrupted, "continues from step 90"},
    {"failed", EndedLine{90, AttemptOutcome::kFailed, {}, "loss is NaN"}, EndReason::kNone,
     RunState::kFailed, AttemptOutcome::kFailed, "loss is NaN"},
    {"gone without a word", std::nullopt, EndReason::kPause, RunState::kFailed,
     AttemptOutcome::kFailed, "worker exited with status 0 at step 80: no space left"},
    {"gone in a shutdown", std::nullopt, EndReason::kShutdown, RunState::kQueued,
     AttemptOutcome::kInterrupted, "the daemon was shut down: worker exited"},
    {"cancelled", EndedLine{90, AttemptOutcome::kPaused}, EndReason::kCancel, RunState::kCancelled,
     AttemptOutcome::kCancelled, "cancelled by its user"},
    {"cancelled, and gone", std::nullopt, EndReason::kCancel, RunState::kCancelled,
     AttemptOutcome::kCancelled, "cancelled by its user"},
};

TEST_F(WorkerDialogueTest, TheEndIsWhatWasSaidAndWhatWasAsked) {
  for (const EndCase& each : kEnds) {
    SCOPED_TRACE(each.name);
    progress_.run.ended_at.reset();
    progress_.attempt.last_step = 80;
    progress_.ended = each.said;
    const std::vector<RunEvent> events =
        End({.last_log_line = "no space left", .asked = each.asked, .used_up = "1 kJ is used up"});
    EXPECT_EQ(progress_.run.state, each.state);
    EXPECT_EQ(progress_.attempt.outcome, each.outcome);
    EXPECT_THAT(progress_.run.state_reason, HasSubstr(each.reason));
    EXPECT_EQ(progress_.attempt.reason, progress_.run.state_reason);
    EXPECT_EQ(progress_.run.ended_at.has_value(), HasEnded(each.state));
    const size_t failed = each.state == RunState::kFailed ? 1 : 0;
    ASSERT_EQ(events.size(), failed + 1 + (HasEnded(each.state) ? 1 : 0));
    EXPECT_EQ(StateDetailsOf(events[failed])->state, each.state);
    EXPECT_EQ(events.back().kind, HasEnded(each.state) ? EventKind::kFinished : EventKind::kState);
  }
}

TEST_F(WorkerDialogueTest, AStopIsRememberedWithWhoAskedForIt) {
  struct {
    StopReason reason;
    StopMode mode;
  } const kCases[] = {{StopReason::kUser, StopMode::kUser},
                      {StopReason::kPlanned, StopMode::kOn},
                      {StopReason::kAbandoned, StopMode::kOn}};
  for (const auto& each : kCases) {
    progress_.run.stop.reset();
    progress_.ended = EndedLine{90, AttemptOutcome::kStopped, each.reason};
    End({});
    ASSERT_TRUE(progress_.run.stop);
    EXPECT_EQ(progress_.run.stop->step, 90);
    EXPECT_EQ(progress_.run.stop->reason, each.reason);
    EXPECT_EQ(progress_.run.stop->mode, each.mode);
  }
}

TEST_F(WorkerDialogueTest, WhyTheDaemonGaveAWorkerUpComesBeforeWhatItSaid) {
  progress_.failure = "worker did not end within 10s";
  progress_.ended = EndedLine{90, AttemptOutcome::kFinished};
  End({});
  EXPECT_EQ(progress_.run.state, RunState::kFailed);
  EXPECT_EQ(progress_.run.state_reason, "worker did not end within 10s");
}

TEST(EndReasonTest, WhatIsAskedOfTheWorker) {
  EXPECT_EQ(RequestOf(EndReason::kStop), EndRequest::kStop);
  EXPECT_EQ(RequestOf(EndReason::kShutdown), EndRequest::kShutdown);
  for (const EndReason reason : {EndReason::kBudget, EndReason::kPause, EndReason::kCancel}) {
    EXPECT_EQ(RequestOf(reason), EndRequest::kPause);
  }
  EXPECT_EQ(VerbOf(EndReason::kBudget), "pause for its energy budget");
}

// A command has no checkpoint: it is done over only where its user asked for that.
TEST_F(WorkerDialogueTest, ACommandThatFailedIsTriedAgainAsOftenAsItsUserSaid) {
  progress_.run.command.emplace().retries = 2;
  Say(EndedLine{.reason = "the command exited with status 3"});
  End({});
  EXPECT_EQ(progress_.run.state, RunState::kQueued);
  EXPECT_EQ(progress_.run.state_reason, "is tried again, 2 of 2: the command exited with status 3");
  progress_.attempt.attempt = 3;
  End({});
  EXPECT_EQ(progress_.run.state, RunState::kFailed);
  EXPECT_EQ(progress_.run.state_reason, "the command exited with status 3");
}

TEST_F(WorkerDialogueTest, ACommandIsNotStartedAgainByItself) {
  for (const AttemptOutcome outcome : {AttemptOutcome::kInterrupted, AttemptOutcome::kFailed}) {
    for (const EndReason asked : {EndReason::kNone, EndReason::kShutdown}) {
      progress_.run.command.emplace();
      Say(EndedLine{.outcome = outcome, .reason = "the daemon ended while it ran"});
      End({.asked = asked});
      EXPECT_EQ(progress_.run.state, RunState::kFailed);
    }
  }
  End({.is_foreign_kill = true});
  EXPECT_EQ(progress_.run.state, RunState::kFailed);
  End({.asked = EndReason::kCancel});
  EXPECT_EQ(progress_.run.state, RunState::kCancelled);
}

TEST_F(WorkerDialogueTest, WhatAProgramDoesNotTellIsNotKnown) {
  StepLine line;
  line.evaluation = {.step = 10,
                     .train_loss = 0.5,
                     .train_accuracy = std::nan(""),
                     .validation_loss = std::nullopt,
                     .validation_accuracy = 0.25};
  line.metrics_json = R"({"lr":0.1})";
  progress_.run.train_accuracy = 0.75;  // of an earlier report
  const LineEffects effects = Say(line);
  EXPECT_EQ(effects.report->gradient_norm, std::nullopt);
  EXPECT_EQ(effects.report->evaluation.validation_loss, std::nullopt);
  EXPECT_EQ(effects.report->metrics_json, R"({"lr":0.1})");
  EXPECT_EQ(progress_.run.train_accuracy, 0.75);
  EXPECT_EQ(progress_.run.validation_accuracy, 0.25);
}

}  // namespace
}  // namespace powerdown
