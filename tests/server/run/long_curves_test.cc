#include "server/run/long_curves.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include "server/run/kept_curves.h"
#include "tests/server/store/many_reports.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

constexpr int64_t kWorthKeeping = KeptCurves::kReportsWorthKeeping;

class LongCurvesTest : public ::testing::Test {
 protected:
  LongCurvesTest() {
    for (const char* id : {"01a", "01b"}) {
      powerdown::Run run = ExampleRun(id);
      run.state = RunState::kRunning;
      InsertOrDie(*store_, run);
    }
  }
  // What a later reader would not have to read.
  int64_t KeptUpTo(const std::string& run_id) {
    absl::StatusOr<bool> has_kept = true;
    while (has_kept.ok() && *has_kept) has_kept = curves_.KeepSome();
    EXPECT_TRUE(has_kept.ok()) << has_kept.status();
    const auto kept = *store_->series().Find(run_id);
    return kept ? kept->next_revision - 1 : 0;
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_ = OpenOrDie(path_);
  LongCurves curves_{store_.get()};
};

TEST_F(LongCurvesTest, NeverLeaveManyReportsOfARunThatGoesOnToBeRead) {
  int64_t reports = 0;
  for (const int64_t more : {kWorthKeeping / 2, kWorthKeeping / 2, kWorthKeeping / 3}) {
    AddReports(path_, "01a", reports + 1, more);
    reports += more;
    EXPECT_LT(reports - KeptUpTo("01a"), kWorthKeeping) << reports;
  }
  EXPECT_EQ(KeptUpTo("01b"), 0);
}

TEST_F(LongCurvesTest, GoOnFromWhatWasKeptBefore) {
  AddReports(path_, "01a", 1, kWorthKeeping);
  EXPECT_EQ(KeptUpTo("01a"), kWorthKeeping);
  {
    SQLite::Database database(path_, SQLite::OPEN_READWRITE);
    database.exec("DELETE FROM reports");
  }
  AddReports(path_, "01a", kWorthKeeping + 1, kWorthKeeping);
  curves_.Stop();
  LongCurves after_restart(store_.get());
  absl::StatusOr<bool> has_kept = true;
  while (has_kept.ok() && *has_kept) has_kept = after_restart.KeepSome();
  ASSERT_TRUE(has_kept.ok());
  KeptCurves curves("01a");
  ASSERT_TRUE(curves.Refresh(*store_, KeptCurves::Haste::kAside).ok());
  EXPECT_EQ(curves.series().curve(Metric::kEnergy).Total(0, 1e9).points, 2 * kWorthKeeping);
}

TEST_F(LongCurvesTest, EndWithTheDaemon) {
  AddReports(path_, "01a", 1, 1000);
  curves_.Stop();
  EXPECT_TRUE(absl::IsCancelled(curves_.KeepSome().status()));
}

}  // namespace
}  // namespace powerdown
