#include "server/store/point_rows.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/server/store/example_rows.h"

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
    std::vector<StepReport> points;
    const auto last = store_->updates().ForEachPoint(
        "01a", first, 1, nullptr, [&](const StepReport& report) { points.push_back(report); });
    EXPECT_EQ(last.value(), points.empty() ? std::nullopt : std::optional(points.back().revision));
    return points;
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
  EXPECT_EQ(points[0].run_id, "01a");
  EXPECT_EQ(points[0].revision, stored.revision);
  EXPECT_EQ(points[0].time, stored.time);
  EXPECT_EQ(points[0].evaluation.step, 3);
  EXPECT_EQ(points[0].evaluation.train_loss, stored.evaluation.train_loss);
  EXPECT_EQ(points[0].evaluation.validation_accuracy, stored.evaluation.validation_accuracy);
  EXPECT_EQ(points[0].gradient_norm, stored.gradient_norm);
  EXPECT_EQ(points[0].power, Watts(0));  // which is not unknown
  EXPECT_EQ(points[0].energy, Joules(7));
  EXPECT_TRUE(std::isnan(points[0].weight_norm));
  EXPECT_EQ(points[1].evaluation.step, 5);
  EXPECT_FALSE(points[1].power.has_value());
  EXPECT_FALSE(points[1].energy.has_value());
  EXPECT_EQ(PointsFrom(stored.revision + 1).size(), 1u);
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
