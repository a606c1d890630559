#include "server/run/run_overviews.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "server/run/run_summaries.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class RunOverviewsTest : public ::testing::Test {
 protected:
  powerdown::Run Insert(const std::string& run_id, RunState state) {
    powerdown::Run run = ExampleRun(run_id);
    run.spec.task = "addition";
    run.state = state;
    run.steps = 300;
    run.grok_step = 200;
    run.attempts = {{.attempt = 1}, {.attempt = 2, .first_step = 150}};
    InsertOrDie(*store_, run);
    return run;
  }
  void Report(const std::string& run_id, int64_t attempt, int64_t step, double joules) {
    StepReport report = ExampleReport(run_id, step);
    report.attempt = attempt;
    report.energy = Joules(joules);
    store_->group().Append(report);
    store_->group().Append(ExampleInterval(AttemptConsumer(run_id, attempt), step, 1), "boot");
    ASSERT_TRUE(store_->group().Commit().ok());
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(RunOverviewsTest, OfARunThatGoesOnSayWhatNeedsNoReports) {
  powerdown::Run run = Insert("01a", RunState::kRunning);
  Report("01a", 1, 200, 5);
  Report("01a", 2, 200, 6);  // done again
  Report("01a", 2, 300, 8);
  const std::vector<RunOverview> runs = *ListOverviews(*store_, {});
  ASSERT_TRUE(runs.at(0).summary.has_value());
  EXPECT_EQ(runs[0].summary->task, "addition");
  EXPECT_EQ(runs[0].summary->reports, 0);
  EXPECT_EQ(runs[0].summary->energy->gross, Joules(3));
  EXPECT_EQ(runs[0].summary->grok, Joules(6));
  // Back before it grokked: that energy is not of this run's life any more.
  run.steps = 150;
  ASSERT_TRUE(store_->group().Commit({.run = run}).ok());
  EXPECT_FALSE(ListOverviews(*store_, {})->at(0).summary->grok.has_value());
}

TEST_F(RunOverviewsTest, ARunThatEndedHasItsOwnOrNone) {
  Insert("01a", RunState::kFinished);
  Report("01a", 1, 200, 5);
  EXPECT_FALSE(ListOverviews(*store_, {})->at(0).summary.has_value());
  RunSummaries summaries(store_.get(), nullptr, "");
  ASSERT_TRUE(summaries.MakeSome().ok());
  EXPECT_EQ(ListOverviews(*store_, {})->at(0).summary->reports, 1);
}

}  // namespace
}  // namespace powerdown
