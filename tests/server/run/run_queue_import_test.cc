#include <algorithm>

#include "common/base/json.h"
#include "common/run/run_bundle.h"
#include "common/run/run_json.h"
#include "tests/fakes/trained_predictor.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What two boxes must agree on: the run but for its origin and what the box itself adds.
std::string Portable(RunBundle bundle) {
  bundle.run.origin.clear();
  return FormatBundle(bundle);
}

class RunQueueImportTest : public RunQueueTest {
 protected:
  std::string FinishedRun() {
    const std::string run_id = SubmitAndStart();
    for (int64_t step = 0; step <= 30; step += 10) {
      NewestWorker().SayStep(step, clock_.Now().monotonic, 0.1);
      Tick();
    }
    NewestWorker().EndAs("finished", 30);
    Tick();
    return run_id;
  }
  RunBundle Exported(const std::string& run_id) {
    const auto bundle = queue_->Export(run_id);
    EXPECT_TRUE(bundle.ok()) << bundle.status();
    return *bundle;
  }
};

TEST_F(RunQueueImportTest, AnExportedRunComesBackTheSame) {
  const std::string run_id = FinishedRun();
  const std::string exported = Portable(Exported(run_id));
  const auto energy = Get(run_id).energy;
  ASSERT_TRUE(energy.has_value());
  UseFile();  // another box, which has no runs
  const auto taken = queue_->Import(*ParseBundles(exported, "x"), "ada", false, "");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->at(0).run_id, run_id);
  EXPECT_EQ(taken->at(0).origin, "imported");
  EXPECT_EQ(Portable(Exported(run_id)), exported);
  EXPECT_EQ(EnergyJson(*Get(run_id).energy), EnergyJson(*energy));
}

// Issue 17: an export was read, formatted and compressed whole, whether or not anybody still
// waited.
TEST_F(RunQueueImportTest, AnExportComesInPiecesAndEndsWhereItIsNoLongerWanted) {
  RunBundle large = Exported(FinishedRun());
  StepReport report = ReportsOf(large).back();
  for (int i = 0; i < 5000; ++i) {
    ++report.evaluation.step;
    large.updates.push_back(report);
  }
  UseFile();
  const std::string run_id = large.run.run_id;
  ASSERT_TRUE(queue_->Import({large}, "ada", false, "").ok());
  std::string text;
  int pieces = 0;
  ASSERT_TRUE(queue_
                  ->ExportText(run_id,
                               [&](std::string_view piece) {
                                 ++pieces;
                                 text += piece;
                                 return absl::OkStatus();
                               })
                  .ok());
  EXPECT_EQ(text, FormatBundle(Exported(run_id)));
  EXPECT_GT(pieces, 5);
  pieces = 0;
  const absl::Status ended = queue_->ExportText(run_id, [&](std::string_view) {
    return ++pieces == 2 ? absl::CancelledError("gone") : absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
  EXPECT_EQ(pieces, 2);
}

TEST_F(RunQueueImportTest, NothingIsTakenInWhereOneIdIsTaken) {
  const RunBundle known = Exported(FinishedRun());
  RunBundle fresh = known;
  fresh.run.run_id = "01fresh";
  for (RunUpdate& update : fresh.updates) {
    std::visit([](auto& row) { row.run_id = "01fresh"; }, update);
  }
  const auto taken = queue_->Import({fresh, known}, "ada", false, "");
  EXPECT_TRUE(absl::IsAlreadyExists(taken.status())) << taken.status();
  EXPECT_FALSE(*store_->runs().Has("01fresh"));
}

TEST_F(RunQueueImportTest, ALogGetsAnIdOfItsOwn) {
  RunBundle log = Exported(FinishedRun());
  log.run.run_id.clear();
  const auto taken = queue_->Import({log}, "ada", true, "");
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_FALSE(taken->at(0).run_id.empty());
  EXPECT_EQ(store_->updates().ReadReports(taken->at(0).run_id)->size(), 4u);
}

TEST_F(RunQueueImportTest, RecordedRunsAreReadOnlyAndTakenInOnce) {
  RunBundle bundle = Exported(FinishedRun());
  bundle.run.run_id = "01recorded";
  bundle.run.spec.seed = 9;
  for (RunUpdate& update : bundle.updates) {
    std::visit([](auto& row) { row.run_id = "01recorded"; }, update);
  }
  ASSERT_TRUE(queue_->ImportRecorded({bundle}).ok());
  ASSERT_TRUE(queue_->ImportRecorded({bundle}).ok());
  EXPECT_EQ(Get("01recorded").origin, "recorded");
  EXPECT_EQ(store_->updates().ReadReports("01recorded")->size(), 4u);
  EXPECT_TRUE(absl::IsFailedPrecondition(queue_->Delete("01recorded", "")));
  const auto edited = queue_->Update("01recorded", {.notes = "mine"}, "");
  EXPECT_THAT(std::string(edited.status().message()), HasSubstr("read-only"));
}

TEST_F(RunQueueImportTest, ListsLeaveOutWhatWasNotTrainedHere) {
  RunBundle bundle = Exported(FinishedRun());
  bundle.run.run_id.clear();
  bundle.run.spec.task = "division";
  ASSERT_TRUE(queue_->Import({bundle}, "ada", true, "").ok());
  EXPECT_EQ(queue_->List({})->size(), 1u);
  EXPECT_EQ(queue_->List({.has_all_origins = true})->size(), 2u);
  EXPECT_EQ(queue_->List({.has_all_origins = true, .spec = {{"task", "division"}}})->size(), 1u);
}

TEST_F(RunQueueImportTest, NotesAndTagsAreKeptWhileTheRunGoesOn) {
  const std::string run_id = SubmitAndStart();
  Tick();
  RunQueue::Edit edit;
  edit.notes = "watch this";
  edit.tags = std::vector<std::string>{"a", "b"};
  ASSERT_TRUE(queue_->Update(run_id, edit, "request").ok());
  NewestWorker().SayStep(10, clock_.Now().monotonic);
  Tick();
  NewestWorker().EndAs("finished", 10);
  Tick();
  EXPECT_EQ(Get(run_id).notes, "watch this");
  EXPECT_THAT(Get(run_id).tags, ElementsAre("a", "b"));
}

TEST_F(RunQueueImportTest, AForecastIsKeptAsAnEventAndShownWithTheRun) {
  const std::string run_id = SubmitAndStart();
  ForecastLine line;
  line.kind = EventKind::kForecast;
  line.forecast.made_at_step = 50;
  line.forecast.grok_step = 700;
  line.forecast.bands = {{0.8, 400, 1200}};
  NewestWorker().Say(line);
  Tick();
  ASSERT_TRUE(Get(run_id).forecast.has_value());
  EXPECT_EQ(*Get(run_id).forecast, line.forecast);
  EXPECT_THAT(EventsOf(run_id, "forecast"), ElementsAre("forecast to grok near step 700"));
}

std::string Weights(const std::string& name) {
  PredictorWeights weights = TrainedPredictor()->weights();
  weights.trained_on = name;
  return Predictor(std::move(weights)).ToJson();
}

TEST_F(RunQueueImportTest, WeightsArePinnedAtSubmission) {
  const std::string pinned = options_.predictor = Weights("earlier");
  StartQueue();
  const std::string run_id = Submit();
  options_.predictor = Weights("later");
  StartQueue();
  Tick();
  EXPECT_EQ(NewestWorker().start().predictor, pinned);
  EXPECT_FALSE(Get(run_id).predictor.empty());
}

TEST_F(RunQueueImportTest, WeightsOfAnotherVersionGiveWayToTodays) {
  options_.predictor = "{\"predictor\":0,\"feature_schema\":0}";
  StartQueue();
  const std::string run_id = Submit();
  const std::string pinned = Get(run_id).predictor;
  options_.predictor = "{\"weights\":2}";
  StartQueue();
  Tick();
  EXPECT_EQ(NewestWorker().start().predictor, options_.predictor);
  EXPECT_NE(Get(run_id).predictor, pinned);
  EXPECT_THAT(EventsOf(run_id, "attempt"), Contains(HasSubstr("from another version")));
}

TEST_F(RunQueueImportTest, AnAbandonedRunIsStoppedAndSaysWhy) {
  const std::string run_id = SubmitAndStart();
  NewestWorker().SayStep(900, clock_.Now().monotonic);
  NewestWorker().EndAs("stopped", 900, "abandoned");
  Tick();
  EXPECT_EQ(StateOf(run_id), RunState::kStopped);
  EXPECT_EQ(Get(run_id).stop->reason, StopReason::kAbandoned);
}

// Whatever stands after the slash, energy belongs to an attempt of this run and to no other one.
TEST_F(RunQueueImportTest, AForeignConsumerBecomesAnAttemptOfTheRun) {
  RunBundle bundle = Exported(FinishedRun());
  bundle.run.run_id.clear();
  ASSERT_FALSE(bundle.ledger.empty());
  bundle.ledger.front().consumer = "run/01other/1' OR 1=1";
  bundle.run.started_at = absl::FromUnixSeconds(100);
  bundle.run.ended_at = absl::FromUnixSeconds(50);
  const auto taken = queue_->Import({bundle}, "ada", true, "");
  ASSERT_TRUE(taken.ok()) << taken.status();
  const auto ledger = store_->ledger().Read(RunConsumerPrefix(taken->at(0).run_id));
  EXPECT_EQ(ledger->size(), bundle.ledger.size());
  EXPECT_EQ(ledger->at(0).consumer, AttemptConsumer(taken->at(0).run_id, 1));
  EXPECT_EQ(taken->at(0).ended_at, taken->at(0).started_at);
}

TEST_F(RunQueueImportTest, ADamagedQueuedRunFailsAndTheNextOneStarts) {
  UseFile();
  const std::string damaged = Submit();
  const std::string good = Submit();
  SQLite::Database(folder_.path() + "/powerdown.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE runs SET auto_stop = 'perhaps' WHERE run_id = '" + damaged + "'");
  Tick();
  EXPECT_EQ(StateOf(damaged), RunState::kFailed);
  EXPECT_THAT(ReasonOf(damaged), HasSubstr("the stored run is damaged: "));
  EXPECT_EQ(StateOf(good), RunState::kRunning);
  EXPECT_EQ(launcher_.launches(), 1u);
  EXPECT_TRUE(queue_->Delete(damaged, "").ok());
}

}  // namespace
}  // namespace powerdown
