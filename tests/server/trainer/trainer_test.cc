#include "server/trainer/trainer.h"
#include "absl/strings/str_cat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Verdicts(const TinyRun& run) {
  std::vector<std::string> verdicts;
  for (const DecisionLine& line : run.Said<DecisionLine>()) {
    verdicts.push_back(line.decision.verdict);
  }
  return verdicts;
}

TEST(TrainerTest, SameSpecGivesTheSameBitsTwice) {
  for (const RunSpec& spec : {TinySpec(), TinyTransformer()}) {
    TinyRun first(spec);
    TinyRun second(spec);
    ASSERT_TRUE(first.ToEnd().ok());
    ASSERT_TRUE(second.ToEnd().ok());
    EXPECT_THAT(first.LastHash(), SizeIs(64));
    EXPECT_EQ(second.LastHash(), first.LastHash());
    EXPECT_EQ(ReportsFrom(second, 0), ReportsFrom(first, 0));
  }
}

TEST(TrainerTest, SeedSplitAndBatchEachChangeTheWeights) {
  TinyRun plain(TinySpec());
  ASSERT_TRUE(plain.ToEnd().ok());
  for (const char* field : {"seed", "split_seed", "batch_size"}) {
    RunSpec spec = TinySpec();
    ASSERT_TRUE(SetSpecField(spec, field, "7").ok());
    TinyRun other(spec);
    ASSERT_TRUE(other.ToEnd().ok());
    EXPECT_NE(ReportsFrom(other, 60), ReportsFrom(plain, 60)) << field;
  }
}

TEST(TrainerTest, LearnsItsTrainingPairs) {
  RunSpec spec = TinySpec();
  spec.max_steps = 300;
  TinyRun run(spec);
  ASSERT_TRUE(run.ToEnd().ok());
  const std::vector<StepLine> reports = run.Said<StepLine>();
  EXPECT_EQ(reports.front().evaluation.step, 0);
  EXPECT_EQ(reports.back().evaluation.step, 300);
  EXPECT_LT(reports.back().evaluation.train_loss, 0.1 * reports.front().evaluation.train_loss);
  EXPECT_GT(reports.back().evaluation.train_accuracy, 0.99);
  EXPECT_EQ(run.End().outcome, "finished");
}

TEST(TrainerTest, EndsAtAMultipleOfTheGrokStep) {
  TinyRun run(EasySpec());
  run.start().grok_multiple = 1.5;
  ASSERT_TRUE(run.ToEnd().ok());
  std::vector<MilestoneLine> milestones = run.Said<MilestoneLine>();
  ASSERT_EQ(milestones.back().kind, "grokked");
  const int64_t limit = (3 * milestones.back().step + 1) / 2;
  EXPECT_EQ(run.End().step, std::max(limit, milestones.back().known_at));
}

TEST(TrainerTest, OffTrainsOnWithoutDecisions) {
  TinyRun run(EasySpec());
  ASSERT_TRUE(run.ToEnd().ok());
  EXPECT_EQ(run.End().outcome, "finished");
  EXPECT_EQ(run.End().step, 400);
  EXPECT_THAT(Verdicts(run), IsEmpty());
}

TEST(TrainerTest, OnStopsAndKeepsTheStateThere) {
  TinyRun run(EasySpec());
  run.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(run.ToEnd().ok());
  EXPECT_EQ(run.End().outcome, "stopped");
  EXPECT_EQ(run.End().reason, "grokked");
  EXPECT_LT(run.End().step, 400);
  EXPECT_EQ(Verdicts(run).back(), "stop");
  EXPECT_EQ(run.Newest("stop").step, run.End().step);
  EXPECT_EQ(run.Newest("stop").kind, "full");
  EXPECT_LE(run.Newest("best").step, run.End().step);
}

TEST(TrainerTest, ObserveRecordsTheStopAndTrainsOn) {
  TinyRun observed(EasySpec());
  observed.start().auto_stop = AutoStop::kObserve;
  ASSERT_TRUE(observed.ToEnd().ok());
  EXPECT_EQ(observed.End().outcome, "finished");
  TinyRun stopped(EasySpec());
  stopped.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(stopped.ToEnd().ok());
  EXPECT_EQ(observed.Newest("stop").step, stopped.End().step);
  EXPECT_EQ(observed.Newest("stop").sha256, stopped.LastHash());
}

TEST(TrainerTest, DivergenceEndsWithTheStepAndTheReason) {
  RunSpec spec = TinySpec();
  spec.learning_rate = 1;
  spec.weight_decay = 100;
  TinyRun run(spec);
  const absl::Status status = run.ToEnd();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), HasSubstr("loss is"));
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("at step ", run.trainer().step())));
  EXPECT_LT(run.trainer().step(), 60);
  EXPECT_GE(run.Newest("best").step, 0);
  EXPECT_THAT(run.Newest("best").sha256, SizeIs(64));
}

TEST(TrainerTest, RefusesADeviceThatIsNotHere) {
  RunSpec spec = TinySpec();
  spec.device = "mps";
  TinyRun run(spec);
  EXPECT_THAT(std::string(run.Open().message()), HasSubstr("device: mps is not available here"));
}

TEST(TrainerTest, ANonExistentFolderEndsTheRunWithItsName) {
  TinyRun run(TinySpec());
  run.start().directory = "/nowhere";
  const absl::Status status = run.ToEnd();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/"));
}

}  // namespace
}  // namespace powerdown
