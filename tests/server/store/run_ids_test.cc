#include "server/store/run_ids.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// What SelectId finds, through the tables that use it.
class RunIdsTest : public ::testing::Test {
 protected:
  powerdown::Run Insert(const std::string& run_id, const std::string& name = "",
                        int64_t second = 0) {
    powerdown::Run run = ExampleRun(run_id);
    run.name = name;
    run.created_at = ExampleTime(second);
    InsertOrDie(*store_, run);
    return *store_->runs().Get(run_id);
  }
  void Import(const std::string& run_id, const std::string& origin) {
    RunBundle bundle;
    bundle.run = ExampleRun(run_id);
    bundle.run.state = RunState::kFinished;
    bundle.run.origin = origin;
    bundle.run.short_id = "77";  // of the store that it comes from
    ASSERT_TRUE(ImportOf(*store_, {bundle}, "").ok());
  }
  void Compare(const std::string& comparison_id, const std::string& usual) {
    ComparisonRow row;
    row.comparison_id = comparison_id;
    row.owner = "ada";
    row.usual_run_id = row.stopped_run_id = usual;
    ASSERT_TRUE(store_->comparisons().Insert(row, "").ok());
  }
  std::string FindRun(const std::string& text, const std::string& visible_to = "") {
    const auto found = store_->runs().FindOwnership(text, visible_to);
    return found.ok() ? found->id : std::string(found.status().message());
  }
  std::string FindComparison(const std::string& text) {
    const auto found = store_->comparisons().ResolveId(text);
    return found.ok() ? *found : std::string(found.status().message());
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(RunIdsTest, EveryRunGetsTheNextNumberAndKeepsIt) {
  EXPECT_EQ(Insert("01a").short_id, "1");
  EXPECT_EQ(Insert("01b").short_id, "2");
  powerdown::Run changed = *store_->runs().Get("01b");
  changed.short_id = "1";
  changed.steps = 5;
  store_->group().Append(changed, Attempt{});
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_EQ(store_->runs().Get("01b")->short_id, "2");
  EXPECT_EQ(FindRun("2"), "01b");
  EXPECT_EQ(FindRun("#1"), "01a");
}

TEST_F(RunIdsTest, ADeletedRunsNumberIsNeverGivenAgain) {
  Insert("01a");
  Import("01b", "imported");
  EXPECT_EQ(FindRun("2"), "01b");
  ASSERT_TRUE(store_->runs().Delete("01b").ok());
  EXPECT_EQ(Insert("01c").short_id, "3");
  EXPECT_THAT(FindRun("2"), HasSubstr("no run has the id or name \"2\""));
}

TEST_F(RunIdsTest, RecordedRunsAreNumberedByThemselves) {
  Import("01r", kRecordedOrigin);
  EXPECT_EQ(Insert("01a").short_id, "1");
  EXPECT_EQ(FindRun("r1"), "01r");
  EXPECT_EQ(FindRun("1"), "01a");
  EXPECT_EQ(FindRun("last"), "01a");
}

TEST_F(RunIdsTest, LastIsTheNewestOfWhoAsks) {
  EXPECT_THAT(FindRun("last"), HasSubstr("no run has"));
  Insert("01a", "", 10);
  Insert("01b", "", 5);
  EXPECT_EQ(FindRun("last"), "01a");
  EXPECT_THAT(FindRun("last", "somebody"), HasSubstr("no run has"));
}

TEST_F(RunIdsTest, ANameIsAnIdWhereItIsUnique) {
  Insert("01a", "paper night");
  Insert("01b", "twice");
  Insert("01c", "twice");
  Insert("01d", "01a");  // an id goes before a name
  EXPECT_EQ(FindRun("paper night"), "01a");
  EXPECT_EQ(FindRun("01a"), "01a");
  EXPECT_THAT(FindRun("twice"), AllOf(HasSubstr("ambiguous"), HasSubstr("01b"), HasSubstr("01c")));
}

TEST_F(RunIdsTest, AComparisonAndItsRunAreFoundByEachOther) {
  Insert("01a", "mine");
  Insert("01z");
  Compare("01k", "01a");
  EXPECT_EQ(FindComparison("1"), "01k");
  EXPECT_EQ(FindComparison("mine"), "01k");
  EXPECT_EQ(FindComparison("last"), "01k");
  EXPECT_EQ(FindRun("01k"), "01a");
  EXPECT_THAT(FindComparison("01z"), HasSubstr("no comparison has"));
}

TEST_F(RunIdsTest, NobodyFindsAnothersPrivateRunByAnyName) {
  powerdown::Run hidden = ExampleRun("01a");
  hidden.name = "secret";
  hidden.owner = "ada";
  hidden.is_private = true;
  InsertOrDie(*store_, hidden);
  Compare("01k", "01a");
  for (const char* text : {"1", "01a", "secret", "01k", "last"}) {
    EXPECT_THAT(FindRun(text, "eve"), HasSubstr("no run has")) << text;
    EXPECT_EQ(FindRun(text, "ada"), "01a") << text;
  }
}

}  // namespace
}  // namespace powerdown
