#include "server/store/comparison_table.h"

#include <gmock/gmock.h>

#include <thread>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;

ComparisonRow ExampleComparison(const std::string& comparison_id, const std::string& usual,
                                const std::string& stopped) {
  ComparisonRow row;
  row.comparison_id = comparison_id;
  row.mode = usual == stopped ? ComparisonMode::kShared : ComparisonMode::kParallel;
  row.owner = "ada";
  row.spec.seed = 7;
  row.schedule_policy = "twice-median";
  row.schedule_max_steps = 1450;
  row.grok_multiple = 2;
  row.schedule_source = "median of 5 runs";
  row.usual_run_id = usual;
  row.stopped_run_id = stopped;
  row.created_at = ExampleTime(static_cast<int64_t>(comparison_id.size()));
  return row;
}

class ComparisonTableTest : public ::testing::Test {
 protected:
  void InsertGrokked(const std::string& run_id, RunState state, std::optional<int64_t> grok_step,
                     int64_t seed, int64_t width = 128) {
    auto run = ExampleRun(run_id);
    run.state = state;
    run.grok_step = grok_step;
    run.spec.seed = seed;
    run.spec.width = width;
    InsertOrDie(*store_, run);
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(ComparisonTableTest, ComesBackWhole) {
  const ComparisonRow row = ExampleComparison("01a", "01u", "01s");
  ASSERT_EQ(*store_->comparisons().Insert(row, ""), "01a");
  const ComparisonRow stored = *store_->comparisons().Get("01a");
  EXPECT_EQ(stored.mode, ComparisonMode::kParallel);
  EXPECT_EQ(stored.spec, row.spec);
  EXPECT_EQ(stored.schedule_max_steps, 1450);
  EXPECT_EQ(stored.grok_multiple, 2.0);
  EXPECT_EQ(stored.stopped_run_id, "01s");
  EXPECT_EQ(stored.created_at, row.created_at);
}

TEST_F(ComparisonTableTest, ListsNewestFirstAndResolvesPrefixes) {
  for (const std::string id : {"01a", "01ab", "01abc"}) {
    ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison(id, "01u", "01u"), "").ok());
  }
  const auto rows = *store_->comparisons().List(2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].comparison_id, "01abc");
  EXPECT_EQ(rows[1].comparison_id, "01ab");
  EXPECT_EQ(*store_->comparisons().ResolveId("01abc"), "01abc");
  EXPECT_EQ(store_->comparisons().ResolveId("0").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_->comparisons().Get("01").status().message(), "comparison 01 is not known");
}

TEST_F(ComparisonTableTest, ARepeatedRequestInsertsNothingAndAnswersTheSame) {
  EXPECT_EQ(*store_->comparisons().Insert(ExampleComparison("01a", "01u", "01u"), "request"),
            "01a");
  EXPECT_EQ(*store_->comparisons().Insert(ExampleComparison("01b", "01u", "01u"), "request"),
            "01a");
  EXPECT_EQ(store_->comparisons().List(10)->size(), 1u);
  // The same request id of another method is another request.
  EXPECT_EQ(*store_->answers().Find("request", "submit"), std::nullopt);
}

TEST_F(ComparisonTableTest, AFailedInsertLeavesNoAnswer) {
  ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison("01a", "01u", "01u"), "").ok());
  EXPECT_FALSE(
      store_->comparisons().Insert(ExampleComparison("01a", "01u", "01u"), "request").ok());
  EXPECT_EQ(*store_->comparisons().Insert(ExampleComparison("01b", "01u", "01u"), "request"),
            "01b");
}

TEST_F(ComparisonTableTest, OneOfManyEqualRequestsAtOnceInserts) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  OpenOrDie(path);
  std::vector<std::string> answers(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < answers.size(); ++i) {
    threads.emplace_back([&, i] {
      auto store = Store::Open({.path = path});  // a connection each, as processes have
      const auto row = ExampleComparison("01" + std::to_string(i), "01u", "01u");
      answers[i] = *(*store)->comparisons().Insert(row, "request");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto rows = *OpenOrDie(path)->comparisons().List(10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].comparison_id, answers[0]);
  EXPECT_THAT(answers, ::testing::Each(answers[0]));
}

TEST_F(ComparisonTableTest, IsPrivateIfItsUsualRunIs) {
  auto run = ExampleRun("01u");
  run.is_private = true;
  InsertOrDie(*store_, run);
  ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison("01abc", "01u", "01u"), "").ok());
  ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison("01b", "gone", "gone"), "").ok());
  const Ownership found = *store_->comparisons().FindOwnership("01a");
  EXPECT_EQ(found.id, "01abc");
  EXPECT_EQ(found.owner, "ada");
  EXPECT_TRUE(found.is_private);
  EXPECT_FALSE(store_->comparisons().FindOwnership("01b")->is_private);
}

TEST_F(ComparisonTableTest, GoesWithEitherOfItsRuns) {
  auto run = ExampleRun("01u");
  run.comparison_id = "01a";
  InsertOrDie(*store_, run);
  run.run_id = "01s";
  InsertOrDie(*store_, run);
  ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison("01a", "01u", "01s"), "").ok());
  ASSERT_TRUE(store_->runs().Delete("01s").ok());
  EXPECT_EQ(store_->comparisons().Get("01a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->runs().Get("01u")->comparison_id, "");
}

TEST_F(ComparisonTableTest, ADeletionThatIsRefusedChangesNothing) {
  ASSERT_TRUE(store_->comparisons().Insert(ExampleComparison("01a", "01u", "01u"), "").ok());
  EXPECT_EQ(store_->runs().Delete("01u").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(store_->comparisons().Get("01a").ok());
}

TEST_F(ComparisonTableTest, GrokStepsAreThoseOfTheFamilyOnceEachSpec) {
  InsertGrokked("01a", RunState::kStopped, 700, 1);
  InsertGrokked("01b", RunState::kFinished, 700, 1);  // the same spec again
  InsertGrokked("01c", RunState::kFinished, 600, 2);
  InsertGrokked("01d", RunState::kFailed, 500, 3);
  InsertGrokked("01e", RunState::kFinished, std::nullopt, 4);
  InsertGrokked("01f", RunState::kFinished, 400, 5, 64);  // another family
  RunSpec spec;
  EXPECT_THAT(*store_->runs().GrokStepsOfFamily(SpecFamily(spec), SpecHash(spec)),
              ElementsAre(600, 700));
  spec.seed = 2;
  EXPECT_THAT(*store_->runs().GrokStepsOfFamily(SpecFamily(spec), SpecHash(spec)),
              ElementsAre(700));
  spec.width = 32;
  EXPECT_THAT(*store_->runs().GrokStepsOfFamily(SpecFamily(spec), ""), ElementsAre());
}

}  // namespace
}  // namespace powerdown
