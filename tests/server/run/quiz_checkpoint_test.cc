#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/run/quiz.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

Run SomeRun() {
  Run run;
  run.run_id = "01run";
  run.checkpoints = {{.checkpoint_id = "01ca", .step = 50, .label = CheckpointLabel::kMemorised},
                     {.checkpoint_id = "01cb", .step = 300},
                     {.checkpoint_id = "01cc", .step = 580, .label = CheckpointLabel::kGrokked},
                     {.checkpoint_id = "01da", .step = 712, .label = CheckpointLabel::kStop},
                     {.checkpoint_id = "01db", .step = 712, .label = CheckpointLabel::kLast},
                     {.checkpoint_id = "01dc", .step = 800, .label = CheckpointLabel::kStop}};
  return run;
}

std::string IdAt(const std::string& at) {
  const auto found = FindCheckpoint(SomeRun(), at);
  return found.ok() ? found->checkpoint_id : std::string(found.status().message());
}

TEST(QuizCheckpointTest, FindsByLabelStepAndId) {
  EXPECT_EQ(IdAt("grokked"), "01cc");
  EXPECT_EQ(IdAt("stop"), "01dc");  // the newest of two attempts
  EXPECT_EQ(IdAt("latest"), "01dc");
  EXPECT_EQ(IdAt("300"), "01cb");
  EXPECT_EQ(IdAt("579"), "01cb");
  EXPECT_EQ(IdAt("01ca"), "01ca");
}

TEST(QuizCheckpointTest, SaysWhatThereIs) {
  EXPECT_EQ(IdAt("groked"),
            "run 01run has no checkpoint \"groked\"; it has: grokked, last, "
            "memorised, step 300, stop");
  EXPECT_THAT(IdAt("10"), HasSubstr("no checkpoint \"10\""));
  EXPECT_THAT(IdAt(""), HasSubstr("no checkpoint \"\""));
  EXPECT_THAT(IdAt("01c"), HasSubstr("ambiguous"));
  powerdown::Run none;
  none.run_id = "01none";
  EXPECT_THAT(std::string(FindCheckpoint(none, "latest").status().message()),
              HasSubstr("none yet"));
}

}  // namespace
}  // namespace powerdown
