#include "client/cli/text/quiz_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

powerdown::Run GrokkedRun() {
  powerdown::Run run;
  run.run_id = "01r";
  run.state = RunState::kFinished;
  run.memorised_step = 100;
  run.grok_step = 500;
  run.checkpoints = {{.checkpoint_id = "m",
                      .step = 100,
                      .label = CheckpointLabel::kMemorised,
                      .kind = CheckpointKind::kFull},
                     {.checkpoint_id = "f1", .step = 80, .kind = CheckpointKind::kWeights},
                     {.checkpoint_id = "f2", .step = 290, .kind = CheckpointKind::kWeights},
                     {.checkpoint_id = "f3", .step = 480, .kind = CheckpointKind::kWeights},
                     {.checkpoint_id = "f4", .step = 500, .kind = CheckpointKind::kWeights},
                     {.checkpoint_id = "g",
                      .step = 500,
                      .label = CheckpointLabel::kGrokked,
                      .kind = CheckpointKind::kWeights},
                     {.checkpoint_id = "p", .step = 600, .kind = CheckpointKind::kFull},
                     {.checkpoint_id = "l",
                      .step = 700,
                      .label = CheckpointLabel::kLast,
                      .kind = CheckpointKind::kFull}};
  return run;
}

TEST(QuizColumnsTest, StagesAreMemorisedHalfWayAndGrokked) {
  EXPECT_THAT(StagesOf(GrokkedRun()),
              ElementsAre(QuizColumn{"01r", "memorised"}, QuizColumn{"01r", "f2"},
                          QuizColumn{"01r", "grokked"}));
}

TEST(QuizColumnsTest, LiveModelIsAStageWhileItTrains) {
  powerdown::Run run = GrokkedRun();
  run.state = RunState::kRunning;
  EXPECT_EQ(StagesOf(run).back(), (QuizColumn{"01r", "latest"}));
}

TEST(QuizColumnsTest, RunWithoutAGrokHasItsLatestModel) {
  powerdown::Run run = GrokkedRun();
  run.grok_step.reset();
  std::erase_if(run.checkpoints,
                [](const Checkpoint& one) { return one.label == CheckpointLabel::kGrokked; });
  EXPECT_THAT(StagesOf(run),
              ElementsAre(QuizColumn{"01r", "memorised"}, QuizColumn{"01r", "latest"}));
}

TEST(QuizColumnsTest, EveryStepComesOnceInOrder) {
  std::vector<std::string> ats;
  for (const QuizColumn& column : AllOf(GrokkedRun())) ats.push_back(column.at);
  EXPECT_THAT(ats, ElementsAre("f1", "m", "f2", "f3", "g", "l"));
}

TEST(QuizColumnsTest, AFilmKeepsItsEndsAndWhereTheRunMemorisedAndGrokked) {
  powerdown::Run run = GrokkedRun();
  for (int i = 0; i < 40; ++i) {
    Checkpoint frame = run.checkpoints[0];
    frame.checkpoint_id = "x" + std::to_string(i);
    frame.label = CheckpointLabel::kNone;
    frame.kind = CheckpointKind::kWeights;
    frame.step = 100'000 + i;
    run.checkpoints.push_back(frame);
  }
  std::vector<std::string> ats;
  for (const QuizColumn& column : FilmOf(run, 6)) ats.push_back(column.at);
  EXPECT_EQ(ats.size(), 6u);
  EXPECT_EQ(ats.front(), "f1");
  EXPECT_EQ(ats.back(), "x39");
  EXPECT_THAT(ats, IsSupersetOf({"m", "g"}));
  EXPECT_EQ(FilmOf(GrokkedRun(), 6), AllOf(GrokkedRun()));
}

}  // namespace
}  // namespace powerdown
