#include "client/cli/text/run_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/run/event_details.h"
#include "tests/fakes/sample_runs.h"
#include "tests/support/screens.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RunTextTest, BlockShowsMilestonesEnergyAndFactors) {
  powerdown::Run run = SampleRun();
  run.checkpoints = {{.checkpoint_id = "01c",
                      .step = 720,
                      .label = CheckpointLabel::kGrokked,
                      .kind = CheckpointKind::kFull,
                      .sha256 = "abcdef0123456789",
                      .bytes = 1234567,
                      .file = ""}};
  const std::string text = RunBlock(run, Style(false));
  EXPECT_THAT(text, AllOf(HasSubstr("step 140"), HasSubstr("step 720")));
  EXPECT_THAT(text, HasSubstr("would have stopped at step 790, grokked (observed only)"));
  EXPECT_THAT(text, HasSubstr("60.4 mWh (36.2 mWh to 84.6 mWh; estimate ±40%)"));
  EXPECT_THAT(text, HasSubstr("1.23 MB"));
}

TEST(RunTextTest, WhatWasOnlyCheckedHasNoId) {
  powerdown::Run run = SampleRun();
  run.run_id.clear();
  EXPECT_THAT(RunBlock(run, Style(false)), HasSubstr("none: only checked, nothing is queued"));
}

TEST(RunTextTest, SaysWhoStoppedTheRun) {
  powerdown::Run run = SampleRun();
  run.stop->mode = StopMode::kOn;
  EXPECT_THAT(RunBlock(run, Style(false)), HasSubstr("stopped by the rule at step 790, grokked"));
  run.stop->mode = StopMode::kUser;
  run.stop->reason = StopReason::kUser;
  EXPECT_THAT(RunBlock(run, Style(false)), HasSubstr("stopped by the user at step 790\n"));
}

TEST(RunTextTest, FailedRunSaysWhyAndItsAttempts) {
  powerdown::Run run = SampleRun();
  run.state = RunState::kFailed;
  run.state_reason = "worker killed by signal 9 at step 120";
  run.energy.reset();
  Attempt first, second;
  first.outcome = AttemptOutcome::kInterrupted;
  first.reason = "the daemon stopped";
  second.attempt = 2;
  run.attempts = {first, second};
  const std::string text = RunBlock(run, Style(false));
  EXPECT_THAT(text, HasSubstr("failed: worker killed by signal 9 at step 120"));
  EXPECT_THAT(text, HasSubstr("interrupted: the daemon stopped"));
  EXPECT_THAT(text, HasSubstr("not known yet"));
}

TEST(RunTextTest, QueueIsInOrderOfSubmission) {
  powerdown::Run late = SampleRun(), early = SampleRun(), runs = SampleRun();
  late.state = early.state = RunState::kQueued;
  late.run_id = "late";
  early.run_id = "early";
  late.state_reason = "waits for a free worker";
  early.created_at -= absl::Hours(1);
  runs.run_id = "other";
  const std::string text = QueueTable({late, runs, early}, Style(false));
  EXPECT_LT(text.find("early"), text.find("late"));
  EXPECT_THAT(text, HasSubstr("waits for a free worker"));
  EXPECT_THAT(text, Not(HasSubstr("other")));
}

TEST(RunTextTest, NamesCannotSteerTheTerminal) {
  powerdown::Run run = SampleRun();
  run.name = "x\x1b[2J";
  EXPECT_THAT(RunTable({run}, run.created_at, Style(false)), Not(HasSubstr("\x1b")));
  EXPECT_THAT(RunBlock(run, Style(false)), Not(HasSubstr("\x1b")));
}

std::vector<powerdown::Run> SomeRuns() {
  std::vector<powerdown::Run> runs(4, SampleRun());
  runs[0].short_id = "129";
  runs[0].state = RunState::kRunning;
  runs[0].owner = "grace";
  runs[0].grok_step.reset();
  runs[1].short_id = "128";
  runs[1].state = RunState::kStopped;
  runs[2].short_id = "127";
  runs[2].state = RunState::kFailed;
  runs[2].grok_step.reset();
  runs[3].short_id = "r12";
  runs[3].grok_step.reset();
  runs[3].validation_accuracy = 0.934;
  for (size_t i = 0; i < runs.size(); ++i) runs[i].created_at -= absl::Hours(30 * i);
  return runs;
}

TEST(RunTextTest, AListFitsSixtyEightyAndAHundredAndTwentyColumns) {
  const std::vector<powerdown::Run> runs = SomeRuns();
  const absl::Time now = SampleRun().created_at + absl::Minutes(5);
  EXPECT_EQ(RunTable(runs, now, Style(false, 60)),
            "run   owner   outcome           energy   training\n"
            "129   grace   running         60.4 mWh   seed 0 · addition …\n"
            "128   ada     stopped early   60.4 mWh   seed 0 · addition …\n"
            "127   ada     failed          60.4 mWh   seed 0 · addition …\n"
            "r12   ada     partial         60.4 mWh   seed 0 · addition …\n");
  EXPECT_EQ(RunTable(runs, now, Style(false, 80)),
            "run      age   owner   outcome         grokked     energy   training\n"
            "129    5 min   grace   running               –   60.4 mWh   seed 0 · addition m…\n"
            "128     30 h   ada     stopped early       720   60.4 mWh   seed 0 · addition m…\n"
            "127   2 days   ada     failed                –   60.4 mWh   seed 0 · addition m…\n"
            "r12   3 days   ada     partial               –   60.4 mWh   seed 0 · addition m…\n");
  const std::string wide = RunTable(runs, now, Style(false, 120));
  EXPECT_THAT(wide, AllOf(HasSubstr("validation"), HasSubstr("99.8%"), HasSubstr("seed 0")));
}

TEST(RunTextTest, OwnersAreShownWhereThereAreSeveral) {
  std::vector<powerdown::Run> runs = SomeRuns();
  for (powerdown::Run& run : runs) run.owner = "ada";
  EXPECT_THAT(RunTable(runs, runs[0].created_at, Style(false)), Not(HasSubstr("ada")));
}

TEST(RunTextTest, EventsForPeople) {
  EXPECT_EQ(EventText(SampleEvent("memorised", 140)), "memorised at step 140");
  EXPECT_EQ(EventText(SampleEvent("decision", 140)), "");
  RunEvent event = SampleEvent("stopped", 790);
  event.message = "the rule would stop here, step 790";
  EXPECT_EQ(EventText(event), "the rule would stop here, step 790");
}

TEST(EventTextTest, AFailureIsToldOnce) {
  RunEvent event = SampleEvent("failed", 10);
  event.message = "loss is infinite at step 19";
  EXPECT_EQ(EventText(event), "loss is infinite at step 19");
  event.details_json = FormatDetails(StateDetails{RunState::kFailed, event.message});
  for (const EventKind kind : {EventKind::kState, EventKind::kFinished}) {
    event.kind = kind;
    event.message = "failed: loss is infinite at step 19";
    EXPECT_EQ(EventText(event), "");
  }
}

// One run of each kind, with names as people give them.
std::vector<powerdown::Run> RunsOfAllKinds() {
  std::vector<powerdown::Run> runs(9, SampleRun());
  const RunState states[] = {RunState::kQueued,  RunState::kRunning,   RunState::kPaused,
                             RunState::kStopped, RunState::kFinished,  RunState::kFinished,
                             RunState::kFailed,  RunState::kCancelled, RunState::kQueued};
  for (size_t i = 0; i < runs.size(); ++i) {
    powerdown::Run& run = runs[i];
    run.short_id = std::to_string(100'128 - i);
    run.run_id = "01k9sample" + run.short_id;
    run.state = states[i];
    run.created_at -= absl::Minutes(7) * (i * i * i + 1);
    run.spec.seed = static_cast<int64_t>(i);
    if (run.state != RunState::kFinished) run.grok_step.reset();
    if (run.state == RunState::kQueued) {
      run.steps = 0;
      run.energy.reset();
      run.validation_accuracy.reset();
    }
  }
  runs[0].state_reason = "waits for a free worker; 1 of 1 is busy";
  runs[1].name = "a run whose name goes on and on, far beyond what any terminal is wide";
  runs[1].owner = "grace";
  runs[2].name = "夜間の実行、重み減衰を変えて、とても長い名前のまま";
  runs[3].grok_step = 720;
  runs[3].steps = 790;
  runs[3].stop->mode = StopMode::kOn;
  runs[5].grok_step.reset();
  runs[5].validation_accuracy = 0.44;
  runs[6].state_reason = "worker killed by signal 9 at step 120";
  runs[8].state_reason = "the budget of its user is used up until 2026-11-28 00:00:00";
  return runs;
}

TEST(RunTextTest, ListsAndOneRunOnThreeTerminals) {
  const std::vector<powerdown::Run> runs = RunsOfAllKinds();
  const absl::Time now = runs[0].created_at + absl::Hours(1);
  for (const ScreenSize size : ScreenSizes()) {
    const Style style(false, size.columns);
    const std::string list = RunTable(runs, now, style);
    const std::string queue = QueueTable(runs, style);
    // What people type is whole.
    for (const powerdown::Run& run : runs) EXPECT_THAT(list, HasSubstr(run.short_id + " "));
    EXPECT_THAT(queue, AllOf(HasSubstr("100128 "), HasSubstr("100120 ")));
    ExpectScreen("run-list", size, list);
    ExpectScreen("run-list-queue", size, queue);
  }
}

}  // namespace
}  // namespace powerdown
