#include "client/cli/recorded_runs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "common/forecast/predictor_training.h"
#include "common/platform/files.h"
#include "common/study/replay.h"
#include "common/study/run_grid.h"

namespace powerdown {
namespace {

const char kFolder[] = POWERDOWN_SOURCE_DIR "/deploy/recorded";

const std::vector<RunBundle>& Shipped() {
  static const auto& bundles = *new std::vector<RunBundle>(*ReadBundleFolder(kFolder));
  return bundles;
}

TEST(RecordedRunsTest, EveryRunOfTheGridIsRecorded) {
  const std::string path = std::string(kFolder) + "/GRID.toml";
  const auto grid = ParseGrid(*ReadFile(path), path);
  ASSERT_TRUE(grid.ok()) << grid.status();
  std::set<std::string> recorded;
  for (const RunBundle& bundle : Shipped()) recorded.insert(SpecHash(bundle.run.spec));
  for (const GridRun& planned : *grid) EXPECT_TRUE(recorded.contains(SpecHash(planned.spec)));
  EXPECT_EQ(recorded.size(), grid->size());
}

TEST(RecordedRunsTest, RunsHaveReportsAndEnergy) {
  for (const RunBundle& bundle : Shipped()) {
    EXPECT_EQ(bundle.run.state, RunState::kFinished) << bundle.run.run_id;
    EXPECT_GT(ReportsOf(bundle).size(), 20u) << bundle.run.run_id;
    EXPECT_FALSE(bundle.ledger.empty()) << bundle.run.run_id;
  }
}

TEST(RecordedRunsTest, IsBelowTwentyMegabytes) {
  uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) bytes += entry.file_size();
  EXPECT_LT(bytes, 20u << 20);
}

// Every kind that a stop rule meets: delayed, at once, partly, never, and falling after the grok.
// What falls is stopped as well, with an accuracy that it had.
TEST(RecordedRunsTest, HoldsRunsThatFallAfterTheyGrokked) {
  int fallen = 0;
  for (const RunBundle& bundle : Shipped()) {
    const Replay replay = ReplayRun(ReportsOf(bundle), bundle.run.max_steps);
    if (!replay.collapse_step) continue;
    ++fallen;
    EXPECT_TRUE(replay.stop_step.has_value()) << bundle.run.run_id;
    if (replay.accuracy_at_stop) {
      EXPECT_GE(*replay.accuracy_at_stop, 0.99) << bundle.run.run_id;
    }
  }
  EXPECT_EQ(fallen, 14);
}

// Weights that were made from other runs or other features would forecast without a warning.
TEST(RecordedRunsTest, WeightsAreThoseOfTheShippedRuns) {
  const auto predictor = FindPredictor(std::string(kFolder) + "/predictor.json");
  ASSERT_TRUE(predictor.ok()) << predictor.status();
  std::vector<TrainingRun> runs;
  for (const RunBundle& bundle : Shipped()) {
    runs.push_back(MakeTrainingRun(bundle.run, ReportsOf(bundle)));
  }
  EXPECT_EQ((*predictor)->weights().trained_on, TrainingHash(runs));
}

}  // namespace
}  // namespace powerdown
