#include "server/run/kept_curves.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "tests/server/store/many_reports.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

constexpr char kRun[] = "01a";

class KeptCurvesTest : public ::testing::Test {
 protected:
  KeptCurvesTest() { InsertOrDie(*store_, ExampleRun(kRun)); }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
};

TEST_F(KeptCurvesTest, ALongRunsReportsAreReadOnce) {
  AddReports(path_, kRun, 1, KeptCurves::kReportsWorthKeeping);
  KeptCurves made(kRun);
  ASSERT_TRUE(made.Refresh(*store_, KeptCurves::Haste::kWaitedFor).ok());
  EXPECT_EQ(made.series().curve(Metric::kTrainLoss).Total(0, 1e9).maximum, 9);
  {
    SQLite::Database database(path_, SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM reports");
  }
  AddReports(path_, kRun, KeptCurves::kReportsWorthKeeping + 1, 10);
  KeptCurves kept(kRun);
  ASSERT_TRUE(kept.Refresh(*store_, KeptCurves::Haste::kWaitedFor).ok());
  EXPECT_EQ(kept.next_revision(), KeptCurves::kReportsWorthKeeping + 11);
  const SeriesBucket all = kept.series().curve(Metric::kEnergy).Total(0, 1e9);
  EXPECT_EQ(all.points, KeptCurves::kReportsWorthKeeping + 10);
  EXPECT_EQ(all.first, 0.5);
  EXPECT_EQ(all.last, 0.5 * static_cast<double>(KeptCurves::kReportsWorthKeeping + 10));
}

TEST_F(KeptCurvesTest, AShortRunsCurvesAreNotKept) {
  AddReports(path_, kRun, 1, 1000);
  KeptCurves curves(kRun);
  ASSERT_TRUE(curves.Refresh(*store_, KeptCurves::Haste::kWaitedFor).ok());
  EXPECT_FALSE(store_->series().Find(kRun)->has_value());
}

TEST_F(KeptCurvesTest, WhatCannotBeReadIsMadeAgain) {
  AddReports(path_, kRun, 1, 1000);
  ASSERT_TRUE(
      store_->series().Put(kRun, {.next_revision = 900, .content = "another version"}).ok());
  KeptCurves curves(kRun);
  ASSERT_TRUE(curves.Refresh(*store_, KeptCurves::Haste::kWaitedFor).ok());
  EXPECT_EQ(curves.series().curve(Metric::kTrainLoss).points(), 1000);
}

TEST_F(KeptCurvesTest, EndsWithTheDaemon) {
  AddReports(path_, kRun, 1, 1000);
  const std::atomic<bool> is_stopped = true;
  KeptCurves curves(kRun);
  EXPECT_TRUE(absl::IsCancelled(curves.Refresh(*store_, KeptCurves::Haste::kAside, &is_stopped)));
}

}  // namespace
}  // namespace powerdown
