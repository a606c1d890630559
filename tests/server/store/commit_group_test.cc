#include "server/store/commit_group.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
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

class CommitGroupTest : public ::testing::Test {
 protected:
  CommitGroupTest() { InsertOrDie(*store_, ExampleRun("01a")); }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/runs.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(CommitGroupTest, RowsAreVisibleOnlyAfterCommit) {
  store_->group().Append(ExampleReport("01a", 10));
  store_->group().Append(ExampleEvent("01a", "memorised"));
  EXPECT_EQ(store_->group().waiting_rows(), 2u);
  EXPECT_TRUE(store_->updates().Read("01a", 0, 10)->empty());
  EXPECT_EQ(*store_->updates().NewestRevision(), 0);
  EXPECT_EQ(*store_->group().Commit(), 2);
  EXPECT_EQ(store_->group().waiting_rows(), 0u);
  EXPECT_THAT(Revisions(store_->updates().Read("01a", 0, 10)), ElementsAre(1, 2));
  EXPECT_EQ(*store_->group().Commit(), 2);  // of nothing
}

TEST_F(CommitGroupTest, RevisionsAreNeverUsedAgain) {
  store_->group().Append(ExampleReport("01a", 10));
  ASSERT_EQ(*store_->group().Commit(), 1);
  ASSERT_TRUE(store_->runs().Delete("01a").ok());
  store_ = OpenOrDie(path_);
  EXPECT_EQ(*store_->updates().NewestRevision(), 1);
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->group().Append(ExampleReport("01b", 10));
  EXPECT_EQ(*store_->group().Commit(), 2);
}

TEST_F(CommitGroupTest, ARepeatedStepDoesNotHoldUpItsGroup) {
  store_->group().Append(ExampleReport("01a", 10));
  ASSERT_EQ(*store_->group().Commit(), 1);
  StepReport repeated = ExampleReport("01a", 10);
  repeated.evaluation.train_loss = 7;
  store_->group().Append(repeated);
  store_->group().Append(ExampleReport("01a", 20));
  EXPECT_EQ(*store_->group().Commit(), 2);
  EXPECT_THAT(Steps(store_->updates().ReadReports("01a")), ElementsAre(10, 20));
  EXPECT_EQ(store_->updates().ReadReports("01a")->at(0).evaluation.train_loss, 0.1 + 0.2);
}

TEST_F(CommitGroupTest, RowsOfARunThatWasDeletedMeanwhileAreLeftOut) {
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->group().Append(ExampleReport("01b", 10));
  store_->group().Append(ExampleEvent("01b", "state"));
  store_->group().Append(ExampleReport("01a", 10));
  ASSERT_TRUE(store_->runs().Delete("01b").ok());
  EXPECT_EQ(*store_->group().Commit(), 1);
  EXPECT_THAT(Steps(store_->updates().ReadReports("01a")), ElementsAre(10));
}

TEST_F(CommitGroupTest, AFullDiskKeepsTheRowsUntilThereIsRoom) {
  store_.reset();
  store_ = OpenOrDie(path_, 120);
  InsertOrDie(*store_, ExampleRun("01b"));
  for (int i = 0; i < 30; ++i) {
    store_->group().Append(ExampleEvent("01b", "gap", std::string(8000, 'x')));
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  int64_t step = 0;
  absl::StatusOr<int64_t> committed = 0;
  while (committed.ok() && step < 100000) {
    for (int i = 0; i < 100; ++i) store_->group().Append(ExampleReport("01a", step++));
    committed = store_->group().Commit();
  }
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(committed.status().message()), HasSubstr("disk is full (" + path_));
  EXPECT_EQ(store_->group().Commit().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store_->group().waiting_rows(), 100u);

  ASSERT_TRUE(store_->runs().Delete("01b").ok());
  store_->group().Append(ExampleReport("01a", step++));
  EXPECT_EQ(*store_->group().Commit(), 30 + step);
  std::vector<int64_t> expected(static_cast<size_t>(step));
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<int64_t>(i);
  EXPECT_EQ(Steps(store_->updates().ReadReports("01a")), expected);
}

TEST_F(CommitGroupTest, ALockedFileDelaysTheCommitAndNoReader) {
  store_->group().Append(ExampleReport("01a", 10));
  SQLite::Database other(path_, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  const auto committed = store_->group().Commit();
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(committed.status().message()), HasSubstr(path_ + " is locked"));
  EXPECT_EQ(store_->counters().Put("told", 1).code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(store_->runs().Get("01a").ok());
  EXPECT_EQ(store_->group().waiting_rows(), 1u);
  other.exec("COMMIT");
  EXPECT_EQ(*store_->group().Commit(), 1);
}

TEST_F(CommitGroupTest, ReadersSeeWholeGroupsWhileOthersAppendAndCommit) {
  std::atomic<bool> has_ended = false;
  std::thread appender([&] {
    for (int64_t step = 0; step < 500; ++step) store_->group().Append(ExampleReport("01a", step));
    has_ended = true;
  });
  std::thread reader([&] {
    size_t seen = 0;
    while (seen < 500) {
      const std::vector<int64_t> steps = Steps(store_->updates().ReadReports("01a"));
      ASSERT_GE(steps.size(), seen);
      seen = steps.size();
      if (seen > 0) {
        ASSERT_EQ(steps.back(), static_cast<int64_t>(seen) - 1);
      }
    }
  });
  while (!has_ended) ASSERT_TRUE(store_->group().Commit().ok());
  ASSERT_TRUE(store_->group().Commit().ok());
  appender.join();
  reader.join();
  EXPECT_EQ(*store_->updates().NewestRevision(), 500);
}

// Commits until it is killed, and says each revision once it is durable.
[[noreturn]] void CommitAndTell(const std::string& path, int output) {
  auto store = OpenOrDie(path);
  for (int64_t step = 0;; ++step) {
    store->group().Append(ExampleReport("01a", step));
    const int64_t revision = store->group().Commit().value_or(-1);
    if (write(output, &revision, sizeof revision) != sizeof revision) _exit(1);
  }
}

TEST_F(CommitGroupTest, WhatWasToldBeforeAKillIsThere) {
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
  const auto updates = store->updates().Read("01a", 0, told);
  ASSERT_EQ(static_cast<int64_t>(updates->size()), told);
  EXPECT_EQ(RevisionOf(updates->back()), told);
  EXPECT_GE(*store->updates().NewestRevision(), told);
}

}  // namespace
}  // namespace powerdown
