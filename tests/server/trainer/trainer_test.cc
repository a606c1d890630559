#include "server/trainer/trainer.h"
#include "absl/strings/str_cat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/run/run_json.h"
#include "common/study/replay.h"
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
    verdicts.emplace_back(line.decision.verdict.name());
  }
  return verdicts;
}

std::string ShippedWeights() {
  std::ifstream file(POWERDOWN_SOURCE_DIR "/deploy/recorded/predictor.json");
  return {std::istreambuf_iterator<char>(file), {}};
}

// The n-th of runs that differ in what they train, how often they look and what they may decide.
void Vary(int n, TinyRun& run) {
  RunSpec& spec = run.start().spec;
  spec = n % 5 == 4 ? TinyTransformer() : EasySpec();
  spec.task = n % 4 == 3 ? "random-labels" : n % 4 == 2 ? "addition" : "x";
  spec.evaluate_every = n % 2 == 0 ? 0 : 10;
  spec.max_steps = 400;
  spec.seed = n;
  run.start().auto_stop = n % 3 == 2 ? AutoStop::kPlanned : AutoStop::kObserve;
  run.start().abandon = AutoStop::kObserve;
  run.start().predictor = ShippedWeights();
}

// All that was forecast and decided, as text.
std::vector<std::string> Conclusions(const TinyRun& run) {
  std::vector<std::string> told;
  for (const ForecastLine& line : run.Said<ForecastLine>()) {
    told.push_back(Concat(NameOf(line.kind), " ", ForecastJson(line.forecast).dump(), " ",
                          line.stop_step.value_or(-1)));
  }
  for (const DecisionLine& line : run.Said<DecisionLine>()) {
    told.push_back(Concat(line.decision.step, " ", line.decision.verdict.name()));
  }
  return told;
}

std::vector<StepReport> ReportsOf(const TinyRun& run) {
  std::vector<StepReport> reports;
  for (const StepLine& line : run.Said<StepLine>()) {
    StepReport& report = reports.emplace_back();
    report.evaluation = line.evaluation;
    report.gradient_norm = line.gradient_norm;
    report.weight_norm = line.weight_norm;
    report.activation_sparsity = line.activation_sparsity;
  }
  return reports;
}

void ExpectReplayed(const TinyRun& run) {
  const RunSpec& spec = run.start().spec;
  const auto predictor = Predictor::FromJson(run.start().predictor);
  ASSERT_TRUE(predictor.ok()) << predictor.status();
  const Replay replay = ReplayRun(ReportsOf(run), spec.max_steps, spec,
                                  std::make_shared<const Predictor>(*predictor));
  std::optional<int64_t> stop_step;
  for (const DecisionLine& line : run.Said<DecisionLine>()) {
    if (line.decision.stop) stop_step = line.decision.step;
  }
  EXPECT_EQ(replay.stop_step, stop_step);
  std::vector<std::string> live, replayed;
  std::optional<int64_t> abandon_step;
  for (const ForecastLine& line : run.Said<ForecastLine>()) {
    if (line.kind == EventKind::kForecast) live.push_back(ForecastJson(line.forecast).dump());
    if (line.kind == EventKind::kAbandon) abandon_step = line.forecast.made_at_step;
    if (line.kind != EventKind::kPlanned) continue;
    ASSERT_TRUE(replay.planned.has_value());
    EXPECT_EQ(replay.planned->stop_step, line.stop_step);
  }
  for (const Forecast& forecast : replay.forecasts) {
    replayed.push_back(ForecastJson(forecast).dump());
  }
  EXPECT_EQ(replayed, live);
  EXPECT_EQ(replay.abandon_step, abandon_step);
}

TEST(TrainerTest, DecidesAndForecastsLiveAsInReplay) {
  int stops = 0;
  for (int n = 0; n < 20; ++n) {
    TinyRun run(EasySpec());
    Vary(n, run);
    ASSERT_TRUE(run.ToEnd().ok()) << n;
    SCOPED_TRACE(n);
    ExpectReplayed(run);
    stops += run.Newest("stop").file.empty() ? 0 : 1;
  }
  EXPECT_GE(stops, 5);
}

TEST(TrainerTest, TwoEqualRunsConcludeTheSame) {
  for (const int n : {0, 1, 2, 3, 4}) {
    TinyRun first(EasySpec());
    TinyRun second(EasySpec());
    Vary(n, first);
    Vary(n, second);
    ASSERT_TRUE(first.ToEnd().ok() && second.ToEnd().ok());
    EXPECT_THAT(Conclusions(first), testing::Not(IsEmpty()));
    EXPECT_EQ(Conclusions(second), Conclusions(first)) << n;
  }
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
  EXPECT_LT(*reports.back().evaluation.train_loss, 0.1 * *reports.front().evaluation.train_loss);
  EXPECT_GT(reports.back().evaluation.train_accuracy, 0.99);
  EXPECT_EQ(run.End().outcome, AttemptOutcome::kFinished);
}

TEST(TrainerTest, EndsAtAMultipleOfTheGrokStep) {
  TinyRun run(EasySpec());
  run.start().grok_multiple = 1.5;
  ASSERT_TRUE(run.ToEnd().ok());
  std::vector<MilestoneLine> milestones = run.Said<MilestoneLine>();
  ASSERT_EQ(milestones.back().kind, EventKind::kGrokked);
  const int64_t limit = (3 * milestones.back().step + 1) / 2;
  EXPECT_EQ(run.End().step, std::max(limit, milestones.back().known_at));
}

TEST(TrainerTest, OffTrainsOnWithoutDecisions) {
  TinyRun run(EasySpec());
  ASSERT_TRUE(run.ToEnd().ok());
  EXPECT_EQ(run.End().outcome, AttemptOutcome::kFinished);
  EXPECT_EQ(run.End().step, 400);
  EXPECT_THAT(Verdicts(run), IsEmpty());
}

TEST(TrainerTest, OnStopsAndKeepsTheStateThere) {
  TinyRun run(EasySpec());
  run.start().auto_stop = AutoStop::kOn;
  ASSERT_TRUE(run.ToEnd().ok());
  EXPECT_EQ(run.End().outcome, AttemptOutcome::kStopped);
  EXPECT_EQ(run.End().stop_reason, StopReason::kGrokked);
  EXPECT_LT(run.End().step, 400);
  EXPECT_EQ(Verdicts(run).back(), "stop");
  EXPECT_EQ(run.Newest("stop").step, run.End().step);
  EXPECT_EQ(run.Newest("stop").kind, CheckpointKind::kFull);
  EXPECT_LE(run.Newest("best").step, run.End().step);
}

TEST(TrainerTest, ObserveRecordsTheStopAndTrainsOn) {
  TinyRun observed(EasySpec());
  observed.start().auto_stop = AutoStop::kObserve;
  ASSERT_TRUE(observed.ToEnd().ok());
  EXPECT_EQ(observed.End().outcome, AttemptOutcome::kFinished);
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

// Nobody waits for a device at each step, so it is said at the next evaluation, of the right step.
TEST(TrainerTest, DivergenceInTensorsIsSaidAtTheNextEvaluation) {
  RunSpec spec = TinySpec();
  spec.learning_rate = 1;
  spec.weight_decay = 100;
  TinyRun at_once(spec);
  at_once.set_engine(EngineKind::kPlain);
  EXPECT_FALSE(at_once.ToEnd().ok());
  TinyRun later(spec);
  later.set_engine(EngineKind::kTensors);
  const absl::Status status = later.ToEnd();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("at step ", at_once.trainer().step(), ":")));
  EXPECT_GT(later.trainer().step(), at_once.trainer().step());
  EXPECT_LE(later.trainer().step(), 60);
  EXPECT_GE(later.Newest("best").step, 0);
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
