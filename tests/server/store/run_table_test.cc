#include "server/store/run_table.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "common/base/time_range.h"
#include "common/base/utf8.h"

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

class RunTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(RunTableTest, AFreshRunHasNothingThatIsNotKnown) {
  InsertOrDie(*store_, ExampleRun("01a"));
  const auto run = *store_->runs().Get("01a");
  EXPECT_EQ(run.state, RunState::kQueued);
  EXPECT_FALSE(run.train_accuracy || run.validation_accuracy || run.grok_multiple);
  EXPECT_FALSE(run.memorised_step || run.grok_step || run.stop);
  EXPECT_FALSE(run.started_at || run.ended_at);
  EXPECT_EQ(run.created_at, ExampleTime(0));
}

TEST_F(RunTableTest, TheSpecComesBackBitForBit) {
  auto run = ExampleRun("01a");
  run.spec.task = "division";
  run.spec.learning_rate = 0.1 + 0.2;
  run.spec.weight_decay = 1e-300;
  run.spec.seed = 9007199254740993;
  run.auto_stop = AutoStop::kObserve;
  run.grok_multiple = 1.32;
  InsertOrDie(*store_, run);
  const auto stored = *store_->runs().Get("01a");
  EXPECT_EQ(stored.spec, run.spec);
  EXPECT_EQ(stored.auto_stop, AutoStop::kObserve);
  EXPECT_EQ(stored.grok_multiple, 1.32);
}

TEST_F(RunTableTest, UpdateWritesTheMutableFields) {
  auto run = ExampleRun("01a");
  run.tags = {"old"};
  InsertOrDie(*store_, run);
  run.state = RunState::kStopped;
  run.tags = {"b", "a", "b"};
  run.steps = 1100;
  run.train_accuracy = 1.0;
  run.grok_step = 725;
  run.stop = StopOutcome{1100, StopReason::kGrokked, StopMode::kOn};
  run.ended_at = ExampleTime(9) + absl::Microseconds(1);
  ASSERT_TRUE(store_->group().Commit({.run = run}).ok());
  const auto stored = *store_->runs().Get("01a");
  EXPECT_EQ(stored.state, RunState::kStopped);
  EXPECT_THAT(stored.tags, ElementsAre("b", "a", "b"));
  EXPECT_EQ(stored.train_accuracy, 1.0);
  EXPECT_EQ(stored.grok_step, 725);
  EXPECT_EQ(stored.stop->reason, StopReason::kGrokked);
  EXPECT_EQ(stored.ended_at, run.ended_at);
}

TEST_F(RunTableTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(store_->runs().Get("01a").status().message(), "run 01a is not known");
  EXPECT_EQ(store_->runs().Delete("01a").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->runs().FindOwnership("01a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(
      store_->group().Commit({.run = ExampleRun("01a"), .attempt = Attempt()}).status().code(),
      absl::StatusCode::kNotFound);
}

TEST_F(RunTableTest, ARunIdIsTakenOnce) {
  InsertOrDie(*store_, ExampleRun("01a"));
  EXPECT_EQ(store_->group().Commit({.run = ExampleRun("01a"), .is_new = true}).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(RunTableTest, AttemptsAndCheckpointsComeWithTheRun) {
  const auto inserted = ExampleRun("01a");
  InsertOrDie(*store_, inserted);
  Attempt attempt;
  attempt.started_at = ExampleTime(1);
  ASSERT_TRUE(store_->group().Commit({.run = inserted, .attempt = attempt}).ok());
  attempt.last_step = 120;
  attempt.ended_at = ExampleTime(2);
  attempt.outcome = AttemptOutcome::kFailed;
  attempt.reason = "worker killed by signal 9 at step 120";
  ASSERT_TRUE(store_->group().Commit({.run = inserted, .attempt = attempt}).ok());
  store_->group().Append(inserted,
                         Attempt{2, 100, 100, ExampleTime(3), {}, AttemptOutcome::kRunning, ""});
  store_->group().Append("01a", ExampleCheckpoint("01z", 100));
  store_->group().Append("01a", ExampleCheckpoint("01c", 120));
  ASSERT_TRUE(store_->group().Commit().ok());

  const auto run = *store_->runs().Get("01a");
  ASSERT_EQ(run.attempts.size(), 2u);
  EXPECT_EQ(run.attempts[0].reason, attempt.reason);
  EXPECT_FALSE(run.attempts[1].ended_at.has_value());
  ASSERT_EQ(run.checkpoints.size(), 2u);
  EXPECT_EQ(run.checkpoints[0].checkpoint_id, "01z");  // as they were made
  EXPECT_EQ(run.checkpoints[1].bytes, 162);
}

TEST_F(RunTableTest, ListsNewestFirstAndPagesWithoutGaps) {
  // Two of one moment: the id decides.
  for (const auto& [id, second] :
       std::vector<std::pair<std::string, int>>{{"01c", 1}, {"01a", 2}, {"01b", 2}, {"01d", 0}}) {
    InsertOrDie(*store_, ExampleRun(id, second));
  }
  EXPECT_THAT(Ids(store_->runs().List({})), ElementsAre("01b", "01a", "01c", "01d"));
  EXPECT_THAT(Ids(store_->runs().List(Page("", 2))), ElementsAre("01b", "01a"));
  EXPECT_THAT(Ids(store_->runs().List(Page("01b", 2))), ElementsAre("01a", "01c"));
  EXPECT_THAT(Ids(store_->runs().List(Page("01c", 2))), ElementsAre("01d"));
  EXPECT_EQ(store_->runs().List(Page("gone", 50)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Ids(store_->runs().ListInState(RunState::kQueued)),
              ElementsAre("01d", "01c", "01a", "01b"));
}

TEST_F(RunTableTest, FiltersAreCombined) {
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
  EXPECT_THAT(Ids(store_->runs().List(Selecting(std::nullopt, "", "y"))),
              ElementsAre("01b", "01a"));
  EXPECT_THAT(Ids(store_->runs().List(Selecting(std::nullopt, "bob", ""))),
              ElementsAre("01c", "01b"));
  EXPECT_THAT(Ids(store_->runs().List(Selecting(std::nullopt, "bob", "x"))), ElementsAre("01b"));
  EXPECT_THAT(Ids(store_->runs().List(Selecting(RunState::kFailed, "bob", ""))),
              ElementsAre("01c"));
}

TEST_F(RunTableTest, APrefixThatFitsOneIdIsThatRun) {
  InsertOrDie(*store_, ExampleRun("01abc"));
  InsertOrDie(*store_, ExampleRun("01abd"));
  InsertOrDie(*store_, ExampleRun("01b"));
  EXPECT_EQ(*store_->runs().ResolveId("01b"), "01b");
  EXPECT_EQ(*store_->runs().ResolveId("01abc"), "01abc");
  EXPECT_EQ(store_->runs().ResolveId("02").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->runs().ResolveId("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->runs().ResolveId("01'; --").status().code(), absl::StatusCode::kNotFound);
  const absl::Status ambiguous = store_->runs().ResolveId("01a").status();
  EXPECT_EQ(ambiguous.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(ambiguous.message()), AllOf(HasSubstr("01abc"), HasSubstr("01abd")));
}

TEST_F(RunTableTest, OwnershipIsFoundByPrefix) {
  auto run = ExampleRun("01abc");
  run.is_private = true;
  InsertOrDie(*store_, run);
  const Ownership found = *store_->runs().FindOwnership("01a");
  EXPECT_EQ(found.id, "01abc");
  EXPECT_EQ(found.owner, "ada");
  EXPECT_TRUE(found.is_private);
}

TEST_F(RunTableTest, DeletingARunTakesAllButItsLedger) {
  InsertOrDie(*store_, ExampleRun("01a"));
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->group().Append("01a", ExampleCheckpoint("01z", 100));
  for (const std::string id : {"01a", "01b"}) {
    store_->group().Append(ExampleReport(id, 10));
    store_->group().Append(ExampleEvent(id, "state"));
    store_->group().Append(ExampleInterval(AttemptConsumer(id, 1), 0, 5), "boot");
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  ASSERT_TRUE(store_->runs().Delete("01a").ok());
  EXPECT_FALSE(store_->runs().Get("01a").ok());
  EXPECT_EQ(store_->updates().Read("", 0, 10)->size(), 2u);
  EXPECT_EQ(store_->ledger().Read(RunConsumerPrefix("01a"))->size(), 1u);
  store_->group().Append("01b", ExampleCheckpoint("01z", 100));
  EXPECT_TRUE(store_->group().Commit().ok());
}

class DamagedRunsTest : public ::testing::Test {
 protected:
  // As another program, or a failing disk, would leave the file.
  void Execute(const std::string& sql) {
    SQLite::Database(path_, SQLite::OPEN_READWRITE).exec(sql);
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(DamagedRunsTest, CostTheirOwnFieldsAndNeverTheList) {
  int64_t second = 0;
  for (const char* id : {"01a", "01b", "01c", "01d", "01e", "01f", "01g"}) {
    InsertOrDie(*store_, ExampleRun(id, ++second));
  }
  store_->group().Append(ExampleEvent("01d", "forecast"));
  store_->group().Append(ExampleEvent("01g", "forecast"));
  ASSERT_TRUE(store_->group().Commit().ok());
  Execute("UPDATE runs SET state = 'weird' WHERE run_id = '01a'");
  Execute("UPDATE runs SET spec_json = '{\"task\":[[' WHERE run_id = '01b'");
  Execute(
      "UPDATE runs SET name = CAST(x'61ff62c3' AS TEXT), notes = CAST(x'c3' AS TEXT), "
      "created_unix_us = 9223372036854775807, started_unix_us = -9223372036854775808 "
      "WHERE run_id = '01c'");
  Execute("UPDATE events SET details_json = '[[[[' WHERE run_id = '01d'");
  Execute(
      "UPDATE runs SET auto_stop = 'perhaps', stop_reason = 'x', train_accuracy = 9e999, "
      "steps = -7 WHERE run_id = '01e'");
  Execute("UPDATE events SET details_json = '{\"made_at_step\":1e99}' WHERE run_id = '01g'");
  const auto runs = store_->runs().List({});
  EXPECT_THAT(Ids(runs), ElementsAre("01c", "01g", "01f", "01e", "01d", "01b", "01a"));
  EXPECT_TRUE(IsUtf8(runs->at(0).name) && IsUtf8(runs->at(0).notes));
  EXPECT_LE(runs->at(0).created_at, LatestTime());
  EXPECT_FALSE(HasSpec(runs->at(5)));
  // With a field of the spec asked for, too.
  RunFilter filter;
  filter.spec = {{"task", "addition"}};
  EXPECT_THAT(Ids(store_->runs().List(filter)),
              ElementsAre("01c", "01g", "01f", "01e", "01d", "01a"));
  // Nobody starts a run with other settings than it was submitted with.
  EXPECT_THAT(Ids(store_->runs().ListInState(RunState::kQueued)),
              ElementsAre("01d", "01f", "01g", "01c"));
  EXPECT_EQ(store_->runs().Get("01a")->state, RunState::kFailed);
  EXPECT_THAT(store_->runs().Get("01a")->state_reason, HasSubstr("\"weird\" is not known"));
}

TEST_F(DamagedRunsTest, AreNamedAndCanBeDeleted) {
  for (int i = 0; i < 450; ++i) InsertOrDie(*store_, ExampleRun(absl::StrCat("01b", 1000 + i)));
  EXPECT_TRUE(store_->runs().FindDamaged()->empty());
  Execute("UPDATE runs SET state = 'weird' WHERE run_id = '01b1003'");
  Execute("UPDATE runs SET spec_json = '' WHERE run_id = '01b1449'");
  const auto damaged = *store_->runs().FindDamaged();
  ASSERT_EQ(damaged.size(), 2u);
  EXPECT_EQ(damaged[0].run_id, "01b1003");
  EXPECT_THAT(damaged[0].problem, HasSubstr("state: \"weird\""));
  EXPECT_EQ(damaged[1].run_id, "01b1449");
  EXPECT_THAT(damaged[1].problem, HasSubstr("spec: "));
  EXPECT_TRUE(store_->runs().Delete("01b1003").ok());
  EXPECT_EQ(store_->runs().FindDamaged()->size(), 1u);
}

TEST_F(DamagedRunsTest, AComparisonIsNamedByTheRunWithWhichItGoes) {
  for (const char* id : {"01a", "01b"}) InsertOrDie(*store_, ExampleRun(id));
  ASSERT_TRUE(
      store_->comparisons()
          .Insert({.comparison_id = "01c", .usual_run_id = "01b", .stopped_run_id = "01a"}, "")
          .ok());
  EXPECT_TRUE(store_->runs().FindDamaged()->empty());
  Execute("UPDATE comparisons SET spec_json = '[['");
  const auto damaged = *store_->runs().FindDamaged();
  ASSERT_EQ(damaged.size(), 1u);
  EXPECT_EQ(damaged[0].run_id, "01b");
  EXPECT_THAT(damaged[0].problem, HasSubstr("its comparison 01c: spec: "));
  EXPECT_FALSE(*store_->runs().IsDamaged("01a"));
  EXPECT_TRUE(*store_->runs().IsDamaged("01b"));
  EXPECT_TRUE(store_->runs().Delete("01b").ok());
  EXPECT_TRUE(store_->runs().FindDamaged()->empty());
}

// Lengths that add up beyond 63 bits once failed the energy of every run of a page.
TEST_F(DamagedRunsTest, ALedgerThatIsTooLongIsSummedStill) {
  Execute(
      "INSERT INTO ledger (consumer, device, boot_id, start_us, end_us, joules, low_joules, "
      "high_joules, source, coverage, variance) VALUES "
      "('run/01a/1', 'cpu', 'b', 0, 9223372036854775807, 1, 1, 1, 'rapl', 1, 0), "
      "('run/01a/1', 'cpu', 'b', 1, 9223372036854775807, 1, 1, 1, 'rapl', 1, 0)");
  const auto totals = store_->ledger().ReadTotals({RunConsumerPrefix("01a")});
  ASSERT_TRUE(totals.ok()) << totals.status();
  EXPECT_EQ(totals->at(0).at(0).joules, Joules(2));
}

}  // namespace
}  // namespace powerdown
