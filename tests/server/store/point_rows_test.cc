#include "server/store/point_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/server/store/many_reports.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

class PointRowsTest : public ::testing::Test {
 protected:
  PointRowsTest() {
    for (const char* id : {"01a", "01b"}) InsertOrDie(*store_, ExampleRun(id));
  }
  void Append(const std::string& run_id, int64_t attempt, int64_t step) {
    StepReport report = ExampleReport(run_id, step);
    report.attempt = attempt;
    if (step == 3) {
      report.power = Watts(0);
      report.energy = Joules(7);
      report.weight_norm = std::nan("");
    }
    store_->group().Append(report);
    ASSERT_TRUE(store_->group().Commit().ok());
  }
  std::vector<StepReport> PointsFrom(int64_t first) {
    std::vector<StepReport> reports;
    const auto last = store_->updates().ForEachSlice("01a", first, 1, nullptr,
                                                     [&](std::span<const ReportPoint> points) {
                                                       for (const ReportPoint& point : points)
                                                         SetPoint(point, reports.emplace_back());
                                                     });
    EXPECT_EQ(last.value(),
              reports.empty() ? std::nullopt : std::optional(reports.back().revision));
    return reports;
  }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(PointRowsTest, HaveWhatCurvesAreMadeFrom) {
  Append("01a", 1, 3);
  Append("01b", 1, 4);
  Append("01a", 1, 5);
  const StepReport stored = store_->updates().ReadReports("01a")->at(0);
  const std::vector<StepReport> points = PointsFrom(0);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].revision, stored.revision);
  EXPECT_EQ(points[0].time, stored.time);
  EXPECT_EQ(points[0].evaluation.step, 3);
  EXPECT_EQ(points[0].evaluation.train_loss, stored.evaluation.train_loss);
  EXPECT_EQ(points[0].evaluation.validation_accuracy, stored.evaluation.validation_accuracy);
  EXPECT_EQ(points[0].gradient_norm, stored.gradient_norm);
  EXPECT_EQ(points[0].power, Watts(0));  // which is not unknown
  EXPECT_EQ(points[0].energy, Joules(7));
  EXPECT_TRUE(std::isnan(*points[0].weight_norm));
  EXPECT_EQ(points[1].evaluation.step, 5);
  EXPECT_FALSE(points[1].power.has_value());
  EXPECT_FALSE(points[1].energy.has_value());
  EXPECT_EQ(PointsFrom(stored.revision + 1).size(), 1u);
}

// Rows of one run in a row are read in another way than rows among those of others.
TEST_F(PointRowsTest, AnyRangeIsReadAsItIs) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/powerdown.db";
  const std::unique_ptr<Store> store = OpenOrDie(path);
  for (const char* id : {"01a", "01b"}) InsertOrDie(*store, ExampleRun(id));
  // Revisions 1 to 60: alone; with gaps; among another run's; alone.
  std::vector<int64_t> ours;
  for (int64_t revision = 1; revision <= 60; ++revision) {
    if (revision > 15 && revision <= 25 && revision % 4 == 0) continue;
    const bool is_ours = revision <= 25 || revision > 45 || revision % 3 == 0;
    AddReports(path, is_ours ? "01a" : "01b", revision, 1);
    if (is_ours) ours.push_back(revision);
  }
  DatabaseConnection database(path, SQLite::OPEN_READWRITE);
  for (int64_t first = 0; first <= 62; ++first) {
    for (const int64_t end : {int64_t{10}, int64_t{40}, std::numeric_limits<int64_t>::max()}) {
      for (const int64_t limit : {-1, 0, 1, 2, 3, 7, 10, 30, 100}) {
        std::vector<int64_t> expected;
        for (const int64_t revision : ours) {
          const bool has_room = limit < 0 || static_cast<int64_t>(expected.size()) < limit;
          if (revision >= first && revision < end && has_room) expected.push_back(revision);
        }
        std::vector<int64_t> read;
        for (const ReportPoint& point : ReadPoints(database, {"01a", first, end, limit})) {
          read.push_back(point.revision);
          EXPECT_EQ(point.step, point.revision);
          EXPECT_EQ(point.values[static_cast<size_t>(Metric::kEnergy)], 0.5 * point.revision);
          EXPECT_TRUE(std::isnan(point.values[static_cast<size_t>(Metric::kPower)]));
        }
        EXPECT_EQ(read, expected) << first << " to " << end << ", at most " << limit;
      }
    }
  }
}

TEST_F(PointRowsTest, PartsInStepsGoOnWhereTheLastOneEnded) {
  for (const int64_t step : {1, 2, 3, 4, 5}) Append("01a", 1, step);
  for (const int64_t step : {3, 4}) Append("01a", 2, step);
  std::vector<std::pair<int64_t, int64_t>> seen;
  std::optional<ReportPosition> last = ReportPosition();
  while (last) {
    const size_t before = seen.size();
    last = store_->updates()
               .ForEachReportAfter("01a", *last, 2,
                                   [&](const StepReport& report) {
                                     seen.emplace_back(report.attempt, report.evaluation.step);
                                   })
               .value();
    EXPECT_LE(seen.size() - before, 2u);
  }
  EXPECT_EQ(seen, (std::vector<std::pair<int64_t, int64_t>>{
                      {1, 1}, {1, 2}, {1, 3}, {1, 4}, {1, 5}, {2, 3}, {2, 4}}));
}

}  // namespace
}  // namespace powerdown
