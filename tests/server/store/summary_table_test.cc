#include "server/store/summary_table.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "server/store/run_conditions.h"
#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SummaryTableTest : public ::testing::Test {
 protected:
  std::vector<std::string> Due() {
    std::vector<std::string> ids;
    const std::vector<DueSummary> due = *store_->summaries().ListDue(100);
    for (const DueSummary& one : due) ids.push_back(one.run_id);
    return ids;
  }
  powerdown::Run InsertEnded(const std::string& run_id) {
    powerdown::Run run = ExampleRun(run_id);
    run.state = RunState::kFinished;
    InsertOrDie(*store_, run);
    return run;
  }
  void Change(const powerdown::Run& run) { ASSERT_TRUE(store_->group().Commit({.run = run}).ok()); }
  void MakeAll() {
    std::vector<SummaryTable::Made> made;
    const std::vector<DueSummary> due = *store_->summaries().ListDue(100);
    for (const DueSummary& one : due) made.emplace_back(one, Summary());
    ASSERT_TRUE(store_->summaries().Put(made).ok());
  }
  static RunSummary Summary() {
    RunSummary summary;
    summary.made_with = "1/abc";
    summary.task = "addition";
    summary.reports = 7;
    summary.energy = EnergyFigure{.gross = Joules(12), .source = "rapl"};
    summary.rule_stop = Joules(0.1);
    return summary;
  }
  std::optional<RunSummary> SummaryOf(const std::string& run_id) {
    const std::vector<RunOverview> runs = *store_->summaries().List({.has_all_origins = true});
    for (const RunOverview& run : runs) {
      if (run.run_id == run_id) return run.summary;
    }
    ADD_FAILURE() << "no run " << run_id;
    return std::nullopt;
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(SummaryTableTest, ARunIsDueWhenItEndsAndNotBefore) {
  powerdown::Run run = ExampleRun("01a");
  InsertOrDie(*store_, run);
  run.state = RunState::kRunning;
  Change(run);
  EXPECT_THAT(Due(), IsEmpty());
  run.state = RunState::kStopped;
  Change(run);
  EXPECT_THAT(Due(), ElementsAre("01a"));
  InsertEnded("01b");
  EXPECT_THAT(Due(), ElementsAre("01a", "01b"));
}

TEST_F(SummaryTableTest, WhatIsPutComesBackInEveryField) {
  InsertEnded("01a");
  MakeAll();
  EXPECT_THAT(Due(), IsEmpty());
  const std::optional<RunSummary> summary = SummaryOf("01a");
  ASSERT_TRUE(summary.has_value());
  EXPECT_TRUE(*summary == Summary());
  const auto energy = *store_->summaries().ReadEnergy({"01a", "01b"});
  EXPECT_EQ(energy[0].value(), Summary().energy);
  EXPECT_FALSE(energy[1].has_value());
}

TEST_F(SummaryTableTest, ARunThatGoesOnHasNoneUntilItEndsAgain) {
  powerdown::Run run = InsertEnded("01a");
  MakeAll();
  run.state = RunState::kQueued;
  Change(run);
  EXPECT_FALSE(SummaryOf("01a").has_value());
  EXPECT_FALSE(store_->summaries().ReadEnergy({"01a"})->at(0).has_value());
  EXPECT_THAT(Due(), IsEmpty());
  run.state = RunState::kFinished;
  Change(run);
  EXPECT_THAT(Due(), ElementsAre("01a"));
}

TEST_F(SummaryTableTest, ARenamedRunKeepsItsSummary) {
  powerdown::Run run = InsertEnded("01a");
  MakeAll();
  run.name = "another";
  Change(run);
  EXPECT_TRUE(SummaryOf("01a").has_value());
}

TEST_F(SummaryTableTest, EnergyThatIsBookedLateMakesItDueAgain) {
  InsertEnded("01a");
  InsertEnded("01b");
  MakeAll();
  store_->group().Append(ExampleInterval(AttemptConsumer("01a", 2), 1, 5), "boot");
  store_->group().Append(ExampleInterval("unattributed", 1, 5), "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_THAT(Due(), ElementsAre("01a"));
}

TEST_F(SummaryTableTest, OneMadeWhileItsRunChangedIsNotKept) {
  powerdown::Run run = InsertEnded("01a");
  const std::vector<DueSummary> due = *store_->summaries().ListDue(1);
  run.state = RunState::kQueued;
  Change(run);
  run.state = RunState::kFinished;
  Change(run);
  ASSERT_TRUE(store_->summaries().Put({SummaryTable::Made(due[0], Summary())}).ok());
  EXPECT_FALSE(SummaryOf("01a").has_value());
  EXPECT_THAT(Due(), ElementsAre("01a"));
}

TEST_F(SummaryTableTest, OneThatCannotBeMadeIsNotTriedForEver) {
  InsertEnded("01a");
  const DueSummary due = store_->summaries().ListDue(1)->at(0);
  ASSERT_TRUE(store_->summaries().Put({SummaryTable::Made(due, std::nullopt)}).ok());
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_FALSE(SummaryOf("01a").has_value());
}

TEST_F(SummaryTableTest, AnotherVersionMakesThemAgain) {
  InsertEnded("01a");
  MakeAll();
  EXPECT_EQ(*store_->summaries().Expire("1/abc"), 0);
  EXPECT_EQ(*store_->summaries().Expire("2/abc"), 1);
  EXPECT_THAT(Due(), ElementsAre("01a"));
}

TEST_F(SummaryTableTest, GoesWithItsRun) {
  InsertEnded("01a");
  ASSERT_TRUE(store_->runs().Delete("01a").ok());
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(*store_->summaries().List({}), IsEmpty());
}

TEST_F(SummaryTableTest, PagesAndFiltersAreThoseOfRuns) {
  for (const char* id : {"01a", "01b", "01c"}) {
    powerdown::Run run = ExampleRun(id);
    run.tags = {"night", id};
    InsertOrDie(*store_, run);
  }
  const auto ids = [&](const RunFilter& filter) {
    std::vector<std::string> found;
    const std::vector<RunOverview> runs = *store_->summaries().List(filter);
    for (const RunOverview& run : runs) found.push_back(run.run_id);
    return found;
  };
  EXPECT_THAT(ids({.limit = 2}), ElementsAre("01c", "01b"));
  EXPECT_THAT(ids({.before_run_id = "01b", .limit = 2}), ElementsAre("01a"));
  EXPECT_THAT(ids({.tag = "01b"}), ElementsAre("01b"));
  EXPECT_THAT(store_->summaries().List({.tag = "01b"})->at(0).tags, ElementsAre("night", "01b"));
  EXPECT_TRUE(absl::IsNotFound(store_->summaries().List({.before_run_id = "01x"}).status()));
}

// The reason for keeping them: with reports and ledger gone, lists say the same.
TEST_F(SummaryTableTest, ListsReadNeitherReportsNorLedger) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/powerdown.db";
  store_ = OpenOrDie(path);
  InsertEnded("01a");
  store_->group().Append(ExampleReport("01a", 10));
  store_->group().Append(ExampleInterval(AttemptConsumer("01a", 1), 1, 5), "boot");
  ASSERT_TRUE(store_->group().Commit().ok());
  MakeAll();
  SQLite::Database other(path, SQLite::OPEN_READWRITE);
  other.exec("DROP TABLE reports; DROP TABLE ledger");
  EXPECT_TRUE(SummaryOf("01a").has_value());
  EXPECT_TRUE(store_->summaries().ReadEnergy({"01a"})->at(0).has_value());
}

}  // namespace
}  // namespace powerdown
