#include <gmock/gmock.h>

#include <thread>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Ids(const absl::StatusOr<std::vector<Run>>& runs) {
  std::vector<std::string> ids;
  if (!runs.ok()) return {runs.status().ToString()};
  for (const Run& run : *runs) ids.push_back(run.run_id);
  return ids;
}

RunFilter Page(const std::string& before_run_id, int64_t limit) {
  RunFilter filter;
  filter.before_run_id = before_run_id;
  filter.limit = limit;
  return filter;
}

RunFilter Selecting(std::optional<RunState> state, const std::string& owner,
                    const std::string& tag) {
  RunFilter filter;
  filter.state = state;
  filter.owner = owner;
  filter.tag = tag;
  return filter;
}

Checkpoint ExampleCheckpoint(const std::string& checkpoint_id, int64_t step) {
  return {checkpoint_id, 1, step, "best", "full", "ab", 42 + step, "attempt-1/best"};
}

class StoreRunsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(StoreRunsTest, AFreshRunHasNothingThatIsNotKnown) {
  InsertOrDie(*store_, ExampleRun("01a"));
  const auto run = *store_->GetRun("01a");
  EXPECT_EQ(run.state, RunState::kQueued);
  EXPECT_FALSE(run.train_accuracy || run.validation_accuracy || run.grok_multiple);
  EXPECT_FALSE(run.memorised_step || run.grok_step || run.stop);
  EXPECT_FALSE(run.started_at || run.ended_at);
  EXPECT_EQ(run.created_at, ExampleTime(0));
}

TEST_F(StoreRunsTest, TheSpecComesBackBitForBit) {
  auto run = ExampleRun("01a");
  run.spec.task = "division";
  run.spec.learning_rate = 0.1 + 0.2;
  run.spec.weight_decay = 1e-300;
  run.spec.seed = 9007199254740993;
  run.auto_stop = AutoStop::kObserve;
  run.grok_multiple = 1.32;
  InsertOrDie(*store_, run);
  const auto stored = *store_->GetRun("01a");
  EXPECT_EQ(stored.spec, run.spec);
  EXPECT_EQ(stored.auto_stop, AutoStop::kObserve);
  EXPECT_EQ(stored.grok_multiple, 1.32);
}

TEST_F(StoreRunsTest, UpdateWritesTheMutableFields) {
  auto run = ExampleRun("01a");
  run.tags = {"old"};
  InsertOrDie(*store_, run);
  run.state = RunState::kStopped;
  run.tags = {"b", "a", "b"};
  run.steps = 1100;
  run.train_accuracy = 1.0;
  run.grok_step = 725;
  run.stop = StopOutcome{1100, "grokked", "on"};
  run.ended_at = ExampleTime(9) + absl::Microseconds(1);
  ASSERT_TRUE(store_->UpdateRun(run).ok());
  const auto stored = *store_->GetRun("01a");
  EXPECT_EQ(stored.state, RunState::kStopped);
  EXPECT_THAT(stored.tags, ElementsAre("b", "a", "b"));
  EXPECT_EQ(stored.train_accuracy, 1.0);
  EXPECT_EQ(stored.grok_step, 725);
  EXPECT_EQ(stored.stop->reason, "grokked");
  EXPECT_EQ(stored.ended_at, run.ended_at);
}

TEST_F(StoreRunsTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(store_->GetRun("01a").status().message(), "run 01a is not known");
  EXPECT_EQ(store_->UpdateRun(ExampleRun("01a")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->DeleteRun("01a").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->InsertAttempt("01a", {}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->UpdateAttempt("01a", {}).code(), absl::StatusCode::kNotFound);
}

TEST_F(StoreRunsTest, ARunIdIsTakenOnce) {
  InsertOrDie(*store_, ExampleRun("01a"));
  EXPECT_EQ(store_->InsertRun(ExampleRun("01a"), "").status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(StoreRunsTest, AttemptsAndCheckpointsComeWithTheRun) {
  InsertOrDie(*store_, ExampleRun("01a"));
  Attempt attempt;
  attempt.started_at = ExampleTime(1);
  ASSERT_TRUE(store_->InsertAttempt("01a", attempt).ok());
  attempt.last_step = 120;
  attempt.ended_at = ExampleTime(2);
  attempt.outcome = "failed";
  attempt.reason = "worker killed by signal 9 at step 120";
  ASSERT_TRUE(store_->UpdateAttempt("01a", attempt).ok());
  ASSERT_TRUE(store_->InsertAttempt("01a", {2, 100, 100, ExampleTime(3), {}, "", ""}).ok());
  ASSERT_TRUE(store_->InsertCheckpoint("01a", ExampleCheckpoint("01z", 100)).ok());
  ASSERT_TRUE(store_->InsertCheckpoint("01a", ExampleCheckpoint("01c", 120)).ok());

  const auto run = *store_->GetRun("01a");
  ASSERT_EQ(run.attempts.size(), 2u);
  EXPECT_EQ(run.attempts[0].reason, attempt.reason);
  EXPECT_FALSE(run.attempts[1].ended_at.has_value());
  ASSERT_EQ(run.checkpoints.size(), 2u);
  EXPECT_EQ(run.checkpoints[0].checkpoint_id, "01z");  // as they were made
  EXPECT_EQ(run.checkpoints[1].bytes, 162);
}

TEST_F(StoreRunsTest, ListsNewestFirstAndPagesWithoutGaps) {
  // Two of one moment: the id decides.
  for (const auto& [id, second] :
       std::vector<std::pair<std::string, int>>{{"01c", 1}, {"01a", 2}, {"01b", 2}, {"01d", 0}}) {
    InsertOrDie(*store_, ExampleRun(id, second));
  }
  EXPECT_THAT(Ids(store_->ListRuns({})), ElementsAre("01b", "01a", "01c", "01d"));
  EXPECT_THAT(Ids(store_->ListRuns(Page("", 2))), ElementsAre("01b", "01a"));
  EXPECT_THAT(Ids(store_->ListRuns(Page("01b", 2))), ElementsAre("01a", "01c"));
  EXPECT_THAT(Ids(store_->ListRuns(Page("01c", 2))), ElementsAre("01d"));
  EXPECT_EQ(store_->ListRuns(Page("gone", 50)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Ids(store_->ListRunsInState(RunState::kQueued)),
              ElementsAre("01d", "01c", "01a", "01b"));
}

TEST_F(StoreRunsTest, FiltersAreCombined) {
  auto run = ExampleRun("01a");
  run.tags = {"x", "y"};
  InsertOrDie(*store_, run);
  run.run_id = "01b";
  run.owner = "bob";
  InsertOrDie(*store_, run);
  run.run_id = "01c";
  run.tags = {"xx"};
  run.state = RunState::kFailed;
  InsertOrDie(*store_, run);
  EXPECT_THAT(Ids(store_->ListRuns(Selecting(std::nullopt, "", "y"))), ElementsAre("01b", "01a"));
  EXPECT_THAT(Ids(store_->ListRuns(Selecting(std::nullopt, "bob", ""))), ElementsAre("01c", "01b"));
  EXPECT_THAT(Ids(store_->ListRuns(Selecting(std::nullopt, "bob", "x"))), ElementsAre("01b"));
  EXPECT_THAT(Ids(store_->ListRuns(Selecting(RunState::kFailed, "bob", ""))), ElementsAre("01c"));
}

TEST_F(StoreRunsTest, APrefixThatFitsOneIdIsThatRun) {
  InsertOrDie(*store_, ExampleRun("01abc"));
  InsertOrDie(*store_, ExampleRun("01abd"));
  InsertOrDie(*store_, ExampleRun("01b"));
  EXPECT_EQ(*store_->ResolveRunId("01b"), "01b");
  EXPECT_EQ(*store_->ResolveRunId("01abc"), "01abc");
  EXPECT_EQ(store_->ResolveRunId("02").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->ResolveRunId("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->ResolveRunId("01'; --").status().code(), absl::StatusCode::kNotFound);
  const absl::Status ambiguous = store_->ResolveRunId("01a").status();
  EXPECT_EQ(ambiguous.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ambiguous.message()), AllOf(HasSubstr("01abc"), HasSubstr("01abd")));
}

TEST_F(StoreRunsTest, ARepeatedRequestInsertsNothingAndAnswersTheSame) {
  EXPECT_EQ(*store_->InsertRun(ExampleRun("01a"), "request"), "01a");
  EXPECT_EQ(*store_->InsertRun(ExampleRun("01b"), "request"), "01a");
  EXPECT_EQ(*store_->InsertRun(ExampleRun("01c"), "another"), "01c");
  EXPECT_THAT(Ids(store_->ListRuns({})), ElementsAre("01c", "01a"));
}

TEST_F(StoreRunsTest, AFailedInsertLeavesNoAnswer) {
  InsertOrDie(*store_, ExampleRun("01a"));
  EXPECT_FALSE(store_->InsertRun(ExampleRun("01a"), "request").ok());
  EXPECT_EQ(*store_->InsertRun(ExampleRun("01b"), "request"), "01b");
}

TEST_F(StoreRunsTest, OneOfManyEqualRequestsAtOnceInserts) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  OpenOrDie(path);
  std::vector<std::string> answers(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      auto store = Store::Open({.path = path});  // a connection each, as processes have
      answers[i] = *(*store)->InsertRun(ExampleRun("01" + std::to_string(i)), "request");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Ids(OpenOrDie(path)->ListRuns({})), ElementsAre(answers[0]));
  EXPECT_THAT(answers, ::testing::Each(answers[0]));
}

TEST_F(StoreRunsTest, AnswersArePerMethodAndTheFirstStays) {
  EXPECT_EQ(*store_->FindAnswer("request", "Stop"), std::nullopt);
  ASSERT_TRUE(store_->PutAnswer("request", "Stop", "stopped").ok());
  ASSERT_TRUE(store_->PutAnswer("request", "Stop", "again").ok());
  EXPECT_EQ(*store_->FindAnswer("request", "Stop"), "stopped");
  EXPECT_EQ(*store_->FindAnswer("request", "Cancel"), std::nullopt);
}

TEST_F(StoreRunsTest, DeletingARunTakesAllButItsLedger) {
  InsertOrDie(*store_, ExampleRun("01a"));
  InsertOrDie(*store_, ExampleRun("01b"));
  ASSERT_TRUE(store_->InsertCheckpoint("01a", ExampleCheckpoint("01z", 100)).ok());
  for (const std::string id : {"01a", "01b"}) {
    store_->Append(ExampleReport(id, 10));
    store_->Append(ExampleEvent(id, "state"));
    store_->Append(ExampleInterval(AttemptConsumer(id, 1), 0, 5), "boot");
  }
  ASSERT_TRUE(store_->Commit().ok());
  ASSERT_TRUE(store_->DeleteRun("01a").ok());
  EXPECT_FALSE(store_->GetRun("01a").ok());
  EXPECT_EQ(store_->ReadUpdates("", 0, 10)->size(), 2u);
  EXPECT_EQ(store_->ReadLedger(RunConsumerPrefix("01a"))->size(), 1u);
  EXPECT_TRUE(store_->InsertCheckpoint("01b", ExampleCheckpoint("01z", 100)).ok());
}

}  // namespace
}  // namespace powerdown
