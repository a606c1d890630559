#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <limits>
#include <thread>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<int64_t> Steps(const absl::StatusOr<std::vector<StepReport>>& reports) {
  std::vector<int64_t> steps;
  for (const StepReport& report : reports.value()) steps.push_back(report.evaluation.step);
  return steps;
}

std::vector<int64_t> Revisions(const absl::StatusOr<std::vector<RunUpdate>>& updates) {
  std::vector<int64_t> revisions;
  for (const RunUpdate& update : updates.value()) revisions.push_back(RevisionOf(update));
  return revisions;
}

class StoreUpdatesTest : public ::testing::Test {
 protected:
  StoreUpdatesTest() { InsertOrDie(*store_, ExampleRun("01a")); }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/runs.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(StoreUpdatesTest, RowsAreVisibleOnlyAfterCommit) {
  store_->Append(ExampleReport("01a", 10));
  store_->Append(ExampleEvent("01a", "memorised"));
  EXPECT_EQ(store_->waiting_rows(), 2u);
  EXPECT_TRUE(store_->ReadUpdates("01a", 0, 10)->empty());
  EXPECT_EQ(*store_->NewestRevision(), 0);
  EXPECT_EQ(*store_->Commit(), 2);
  EXPECT_EQ(store_->waiting_rows(), 0u);
  EXPECT_THAT(Revisions(store_->ReadUpdates("01a", 0, 10)), ElementsAre(1, 2));
  EXPECT_EQ(*store_->Commit(), 2);  // of nothing
}

TEST_F(StoreUpdatesTest, ChangedRunsAreToldOnceByTheLastOfTheirChanges) {
  for (const char* id : {"01b", "01c"}) InsertOrDie(*store_, ExampleRun(id));
  const auto changed = [&](int64_t first, int64_t last, int64_t limit) {
    std::vector<std::string> runs;
    const auto read = *store_->ReadChangedRuns(first, last, limit);
    for (const auto& run : read) runs.push_back(run.run_id + std::to_string(run.revision));
    return runs;
  };
  for (const int64_t step : {10, 20}) store_->Append(ExampleReport("01a", step));  // 1, 2
  store_->Append(ExampleReport("01b", 10));                                        // 3
  store_->Append(ExampleEvent("01a", "memorised"));                                // 4
  store_->Append(ExampleEvent("", "sensor-lost"));                                 // 5
  store_->Append(ExampleEvent("01c", "state"));                                    // 6
  ASSERT_TRUE(store_->Commit().ok());
  EXPECT_THAT(changed(1, 6, 10), ElementsAre("01b3", "01a4", "5", "01c6"));
  EXPECT_THAT(changed(1, 6, 2), ElementsAre("01b3", "01a4"));
  EXPECT_THAT(changed(5, 6, 2), ElementsAre("5", "01c6"));
  EXPECT_THAT(changed(1, 2, 10), ElementsAre("01a2"));
  EXPECT_THAT(changed(7, 6, 10), ElementsAre());
}

TEST_F(StoreUpdatesTest, UseOfADayReplacesWhatTheAttemptHadThen) {
  const absl::CivilDay monday(2026, 11, 23);
  store_->Append(UserUse{"ada", "run/01a/1", monday - 1, Joules(1)});
  store_->Append(UserUse{"ada", "run/01a/1", monday, Joules(10)});
  store_->Append(UserUse{"ada", "run/01a/1", monday, Joules(25)});
  store_->Append(UserUse{"ada", "run/01a/2", monday, Joules(5)});
  ASSERT_TRUE(store_->Commit().ok());
  const auto days = *store_->ReadUserDays(monday);
  ASSERT_EQ(days.size(), 1u);
  EXPECT_EQ(days[0].user, "ada");
  EXPECT_EQ(days[0].day, monday);
  EXPECT_EQ(days[0].energy, Joules(30));
}

TEST_F(StoreUpdatesTest, AllowancesAreReplacedAndRemoved) {
  const Allowance weekly{Period::kWeek, {"gCO2", 2.5}};
  ASSERT_TRUE(store_->PutAllowance("ada", {Period::kWeek, {"J", 7}}).ok());
  ASSERT_TRUE(store_->PutAllowance("ada", weekly).ok());
  ASSERT_TRUE(store_->PutAllowance("ada", {Period::kDay, {"J", 7}}).ok());
  ASSERT_TRUE(store_->DeleteAllowance("ada", Period::kDay).ok());
  ASSERT_TRUE(store_->DeleteAllowance("grace", Period::kDay).ok());
  const auto rows = *store_->ListAllowances();
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].user, "ada");
  EXPECT_EQ(rows[0].allowance, weekly);
}

TEST_F(StoreUpdatesTest, ReportsComeBackBitForBit) {
  StepReport report = ExampleReport("01a", 10);
  report.attempt = 3;
  report.time += absl::Microseconds(7);
  report.power = Watts(0.1 + 0.7);
  store_->Append(report);
  ASSERT_TRUE(store_->Commit().ok());
  const StepReport stored = store_->ReadReports("01a")->at(0);
  EXPECT_EQ(stored.attempt, 3);
  EXPECT_EQ(stored.time, report.time);
  EXPECT_EQ(stored.monotonic, report.monotonic);
  EXPECT_EQ(stored.evaluation.train_loss, 0.1 + 0.2);
  EXPECT_EQ(stored.evaluation.validation_loss, 5e-324);
  EXPECT_EQ(stored.gradient_norm, 1e300);
  EXPECT_EQ(stored.power, Watts(0.1 + 0.7));
  EXPECT_FALSE(stored.energy.has_value());
}

TEST_F(StoreUpdatesTest, FeaturesComeBackBitForBit) {
  StepReport report = ExampleReport("01a", 10);
  for (size_t i = 0; i < Features().size(); ++i) report.features.push_back(0.1 + 0.2 * i);
  report.features[1] = std::numeric_limits<double>::quiet_NaN();
  store_->Append(report);
  store_->Append(ExampleReport("01a", 20));
  ASSERT_TRUE(store_->Commit().ok());
  const FeatureValues stored = store_->ReadReports("01a")->at(0).features;
  ASSERT_EQ(stored.size(), report.features.size());
  EXPECT_TRUE(std::isnan(stored[1]));
  EXPECT_EQ(stored[2], report.features[2]);
  EXPECT_TRUE(store_->ReadReports("01a")->at(1).features.empty());
}

TEST_F(StoreUpdatesTest, ADivergedRunKeepsItsNanAndInfinity) {
  StepReport report = ExampleReport("01a", 10);
  report.evaluation.train_loss = std::numeric_limits<double>::quiet_NaN();
  report.evaluation.validation_loss = std::numeric_limits<double>::infinity();
  report.gradient_norm = -std::numeric_limits<double>::infinity();
  store_->Append(report);
  ASSERT_TRUE(store_->Commit().ok());
  const StepReport stored = store_->ReadReports("01a")->at(0);
  EXPECT_TRUE(std::isnan(stored.evaluation.train_loss));
  EXPECT_EQ(stored.evaluation.validation_loss, report.evaluation.validation_loss);
  EXPECT_EQ(stored.gradient_norm, report.gradient_norm);
  EXPECT_EQ(stored.evaluation.validation_accuracy, 0.25);
}

TEST_F(StoreUpdatesTest, EventsComeBackWhole) {
  RunEvent event = ExampleEvent("01a", "decision", "stop: held for 3 evaluations");
  event.attempt = 1;
  event.step = 1100;
  event.details_json = R"({"verdict":"stop"})";
  store_->Append(event);
  store_->Append(ExampleEvent("01a", "state"));
  store_->Append(ExampleEvent("", "gap"));
  ASSERT_TRUE(store_->Commit().ok());
  const RunEvent stored = store_->ReadEvents("01a", "decision")->at(0);
  EXPECT_EQ(stored.step, 1100);
  EXPECT_EQ(stored.message, event.message);
  EXPECT_EQ(stored.details_json, event.details_json);
  EXPECT_EQ(store_->ReadEvents("01a", "")->size(), 2u);
  EXPECT_EQ(std::get<RunEvent>(store_->ReadUpdates("", 3, 1)->at(0)).run_id, "");
}

TEST_F(StoreUpdatesTest, UpdatesOfARunAreReadInOrderFromAnyRevision) {
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->Append(ExampleEvent("01a", "state"));  // 1
  store_->Append(ExampleReport("01a", 0));       // 2
  store_->Append(ExampleReport("01b", 0));       // 3
  store_->Append(ExampleEvent("01b", "state"));  // 4
  store_->Append(ExampleReport("01a", 10));      // 5
  store_->Append(ExampleEvent("01a", "state"));  // 6
  ASSERT_EQ(*store_->Commit(), 6);
  EXPECT_THAT(Revisions(store_->ReadUpdates("01a", 0, 10)), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(Revisions(store_->ReadUpdates("01a", 2, 2)), ElementsAre(2, 5));
  EXPECT_THAT(Revisions(store_->ReadUpdates("", 3, 3)), ElementsAre(3, 4, 5));
  EXPECT_THAT(Revisions(store_->ReadUpdates("01a", 7, 10)), ElementsAre());
}

TEST_F(StoreUpdatesTest, RevisionsAreNeverUsedAgain) {
  store_->Append(ExampleReport("01a", 10));
  ASSERT_EQ(*store_->Commit(), 1);
  ASSERT_TRUE(store_->DeleteRun("01a").ok());
  store_ = OpenOrDie(path_);
  EXPECT_EQ(*store_->NewestRevision(), 1);
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->Append(ExampleReport("01b", 10));
  EXPECT_EQ(*store_->Commit(), 2);
}

TEST_F(StoreUpdatesTest, ARepeatedStepDoesNotHoldUpItsGroup) {
  store_->Append(ExampleReport("01a", 10));
  ASSERT_EQ(*store_->Commit(), 1);
  StepReport repeated = ExampleReport("01a", 10);
  repeated.evaluation.train_loss = 7;
  store_->Append(repeated);
  store_->Append(ExampleReport("01a", 20));
  EXPECT_EQ(*store_->Commit(), 2);
  EXPECT_THAT(Steps(store_->ReadReports("01a")), ElementsAre(10, 20));
  EXPECT_EQ(store_->ReadReports("01a")->at(0).evaluation.train_loss, 0.1 + 0.2);
}

TEST_F(StoreUpdatesTest, RowsOfARunThatWasDeletedMeanwhileAreLeftOut) {
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->Append(ExampleReport("01b", 10));
  store_->Append(ExampleEvent("01b", "state"));
  store_->Append(ExampleReport("01a", 10));
  ASSERT_TRUE(store_->DeleteRun("01b").ok());
  EXPECT_EQ(*store_->Commit(), 1);
  EXPECT_THAT(Steps(store_->ReadReports("01a")), ElementsAre(10));
}

TEST_F(StoreUpdatesTest, AFullDiskKeepsTheRowsUntilThereIsRoom) {
  store_.reset();
  store_ = OpenOrDie(path_, 100);
  InsertOrDie(*store_, ExampleRun("01b"));
  for (int i = 0; i < 30; ++i) {
    store_->Append(ExampleEvent("01b", "gap", std::string(8000, 'x')));
  }
  ASSERT_TRUE(store_->Commit().ok());
  int64_t step = 0;
  absl::StatusOr<int64_t> committed = 0;
  while (committed.ok() && step < 100000) {
    for (int i = 0; i < 100; ++i) store_->Append(ExampleReport("01a", step++));
    committed = store_->Commit();
  }
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(committed.status().message()), HasSubstr("disk is full (" + path_));
  EXPECT_EQ(store_->Commit().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_->waiting_rows(), 100u);

  ASSERT_TRUE(store_->DeleteRun("01b").ok());
  store_->Append(ExampleReport("01a", step++));
  EXPECT_EQ(*store_->Commit(), 30 + step);
  std::vector<int64_t> expected(static_cast<size_t>(step));
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<int64_t>(i);
  EXPECT_EQ(Steps(store_->ReadReports("01a")), expected);
}

TEST_F(StoreUpdatesTest, ALockedFileDelaysTheCommitAndNoReader) {
  store_->Append(ExampleReport("01a", 10));
  SQLite::Database other(path_, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto committed = store_->Commit();
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(committed.status().message()), HasSubstr(path_ + " is locked"));
  EXPECT_EQ(store_->InsertRun(ExampleRun("01b"), "").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_TRUE(store_->GetRun("01a").ok());
  EXPECT_EQ(store_->waiting_rows(), 1u);
  other.exec("COMMIT");
  EXPECT_EQ(*store_->Commit(), 1);
}

TEST_F(StoreUpdatesTest, ReadersSeeWholeGroupsWhileOthersAppendAndCommit) {
  std::atomic<bool> has_ended = false;
  std::thread appender([&] {
    for (int64_t step = 0; step < 500; ++step) store_->Append(ExampleReport("01a", step));
    has_ended = true;
  });
  std::thread reader([&] {
    size_t seen = 0;
    while (seen < 500) {
      const std::vector<int64_t> steps = Steps(store_->ReadReports("01a"));
      ASSERT_GE(steps.size(), seen);
      seen = steps.size();
      if (seen > 0) {
        ASSERT_EQ(steps.back(), static_cast<int64_t>(seen) - 1);
      }
    }
  });
  while (!has_ended) ASSERT_TRUE(store_->Commit().ok());
  ASSERT_TRUE(store_->Commit().ok());
  appender.join();
  reader.join();
  EXPECT_EQ(*store_->NewestRevision(), 500);
}

// Commits until it is killed, and says each revision once it is durable.
[[noreturn]] void CommitAndTell(const std::string& path, int output) {
  auto store = OpenOrDie(path);
  for (int64_t step = 0;; ++step) {
    store->Append(ExampleReport("01a", step));
    const int64_t revision = store->Commit().value_or(-1);
    if (write(output, &revision, sizeof revision) != sizeof revision) _exit(1);
  }
}

TEST_F(StoreUpdatesTest, WhatWasToldBeforeAKillIsThere) {
  store_.reset();
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) CommitAndTell(path_, pipe_ends[1]);
  close(pipe_ends[1]);
  int64_t revision = 0;
  int64_t told = 0;
  while (read(pipe_ends[0], &revision, sizeof revision) == sizeof revision) {
    told = revision;
    if (told == 20) kill(child, SIGKILL);
  }
  close(pipe_ends[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_GE(told, 20);
  auto store = OpenOrDie(path_);
  const auto updates = store->ReadUpdates("01a", 0, told);
  ASSERT_EQ(static_cast<int64_t>(updates->size()), told);
  EXPECT_EQ(RevisionOf(updates->back()), told);
  EXPECT_GE(*store->NewestRevision(), told);
}

}  // namespace
}  // namespace powerdown
