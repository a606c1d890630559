#include "server/store/update_table.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <utility>

#include "common/base/json.h"
#include "common/run/run_json.h"
#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;

class UpdateTableTest : public ::testing::Test {
 protected:
  UpdateTableTest() { InsertOrDie(*store_, ExampleRun("01a")); }

  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(UpdateTableTest, ChangedRunsAreToldOnceByTheLastOfTheirChanges) {
  for (const char* id : {"01b", "01c"}) InsertOrDie(*store_, ExampleRun(id));
  const auto changed = [&](int64_t first, int64_t last, int64_t limit) {
    std::vector<std::string> runs;
    const auto read = *store_->updates().ReadChangedRuns(first, last, limit);
    for (const auto& run : read) runs.push_back(run.run_id + std::to_string(run.revision));
    return runs;
  };
  for (const int64_t step : {10, 20}) store_->group().Append(ExampleReport("01a", step));  // 1, 2
  store_->group().Append(ExampleReport("01b", 10));                                        // 3
  store_->group().Append(ExampleEvent("01a", "memorised"));                                // 4
  store_->group().Append(ExampleEvent("", "sensor-lost"));                                 // 5
  store_->group().Append(ExampleEvent("01c", "state"));                                    // 6
  ASSERT_TRUE(store_->group().Commit().ok());
  EXPECT_THAT(changed(1, 6, 10), ElementsAre("01b3", "01a4", "5", "01c6"));
  EXPECT_THAT(changed(1, 6, 2), ElementsAre("01b3", "01a4"));
  EXPECT_THAT(changed(5, 6, 2), ElementsAre("5", "01c6"));
  EXPECT_THAT(changed(1, 2, 10), ElementsAre("01a2"));
  EXPECT_THAT(changed(7, 6, 10), ElementsAre());
}

TEST_F(UpdateTableTest, WatchersAreToldTheSameUpdatesInTheSameOrder) {
  for (int64_t i = 0; i < 40; ++i) {
    StepReport report = ExampleReport("01a", i);
    report.evaluation.train_loss = i % 7 == 0 ? std::nan("") : 0.1;
    if (i % 2 == 0) report.power = Watts(0.1 + static_cast<double>(i));
    if (i % 3 == 0) report.energy = Joules(static_cast<double>(i));
    if (i % 5 != 0) store_->group().Append(report);
    if (i % 4 == 0) store_->group().Append(ExampleEvent("01a", "state", std::to_string(i)));
  }
  ASSERT_TRUE(store_->group().Commit().ok());
  for (const int64_t start : {1, 2, 9, 30, 99}) {
    for (const int64_t limit : {1, 2, 7, 100}) {
      std::vector<std::string> told;
      const auto tell = [&](const RunUpdate& update) {
        told.push_back(JsonText(UpdateJson(update)));
      };
      const std::vector<RunUpdate> read = *store_->updates().Read("01a", start, limit);
      for (const RunUpdate& update : read) tell(update);
      const std::vector<std::string> expected = std::exchange(told, {});
      ASSERT_TRUE(store_->updates().ForEachUpdate("01a", start, limit, tell, tell).ok());
      EXPECT_EQ(told, expected) << start << " " << limit;
    }
  }
}

TEST_F(UpdateTableTest, ReportsComeBackBitForBit) {
  StepReport report = ExampleReport("01a", 10);
  report.attempt = 3;
  report.time += absl::Microseconds(7);
  report.power = Watts(0.1 + 0.7);
  store_->group().Append(report);
  ASSERT_TRUE(store_->group().Commit().ok());
  const StepReport stored = store_->updates().ReadReports("01a")->at(0);
  EXPECT_EQ(stored.attempt, 3);
  EXPECT_EQ(stored.time, report.time);
  EXPECT_EQ(stored.monotonic, report.monotonic);
  EXPECT_EQ(stored.evaluation.train_loss, 0.1 + 0.2);
  EXPECT_EQ(stored.evaluation.validation_loss, 5e-324);
  EXPECT_EQ(stored.gradient_norm, 1e300);
  EXPECT_EQ(stored.power, Watts(0.1 + 0.7));
  EXPECT_FALSE(stored.energy.has_value());
}

TEST_F(UpdateTableTest, FeaturesComeBackBitForBit) {
  StepReport report = ExampleReport("01a", 10);
  for (size_t i = 0; i < Features().size(); ++i) report.features.push_back(0.1 + 0.2 * i);
  report.features[1] = std::numeric_limits<double>::quiet_NaN();
  store_->group().Append(report);
  store_->group().Append(ExampleReport("01a", 20));
  ASSERT_TRUE(store_->group().Commit().ok());
  const FeatureValues stored = store_->updates().ReadReports("01a")->at(0).features;
  ASSERT_EQ(stored.size(), report.features.size());
  EXPECT_TRUE(std::isnan(stored[1]));
  EXPECT_EQ(stored[2], report.features[2]);
  EXPECT_TRUE(store_->updates().ReadReports("01a")->at(1).features.empty());
}

TEST_F(UpdateTableTest, ADivergedRunKeepsItsNanAndInfinity) {
  StepReport report = ExampleReport("01a", 10);
  report.evaluation.train_loss = std::numeric_limits<double>::quiet_NaN();
  report.evaluation.validation_loss = std::numeric_limits<double>::infinity();
  report.gradient_norm = -std::numeric_limits<double>::infinity();
  store_->group().Append(report);
  ASSERT_TRUE(store_->group().Commit().ok());
  const StepReport stored = store_->updates().ReadReports("01a")->at(0);
  EXPECT_TRUE(std::isnan(*stored.evaluation.train_loss));
  EXPECT_EQ(stored.evaluation.validation_loss, report.evaluation.validation_loss);
  EXPECT_EQ(stored.gradient_norm, report.gradient_norm);
  EXPECT_EQ(stored.evaluation.validation_accuracy, 0.25);
}

TEST_F(UpdateTableTest, ALossThatIsNotKnownIsNotALossThatIsNan) {
  StepReport report = ExampleReport("01a", 10);
  report.evaluation.train_loss.reset();
  report.evaluation.validation_loss = std::numeric_limits<double>::quiet_NaN();
  report.weight_norm.reset();
  store_->group().Append(report);
  ASSERT_TRUE(store_->group().Commit().ok());
  const auto expect_kept = [](const StepReport& stored) {
    EXPECT_FALSE(stored.evaluation.train_loss.has_value());
    EXPECT_TRUE(std::isnan(stored.evaluation.validation_loss.value_or(0)));
    EXPECT_FALSE(stored.weight_norm.has_value());
    EXPECT_TRUE(stored.gradient_norm.has_value());
  };
  expect_kept(store_->updates().ReadReports("01a")->at(0));
  const auto take = [&](std::span<const ReportPoint> points) {
    StepReport read;
    SetPoint(points.front(), read);
    expect_kept(read);
  };
  ASSERT_TRUE(store_->updates().ForEachSlice("01a", 0, 1, nullptr, take).ok());
}

TEST_F(UpdateTableTest, EventsComeBackWhole) {
  RunEvent event = ExampleEvent("01a", "decision", "stop: held for 3 evaluations");
  event.attempt = 1;
  event.step = 1100;
  event.details_json = R"({"verdict":"stop"})";
  store_->group().Append(event);
  store_->group().Append(ExampleEvent("01a", "state"));
  store_->group().Append(ExampleEvent("", "gap"));
  ASSERT_TRUE(store_->group().Commit().ok());
  const RunEvent stored = store_->updates().ReadEvents("01a", "decision")->at(0);
  EXPECT_EQ(stored.step, 1100);
  EXPECT_EQ(stored.message, event.message);
  EXPECT_EQ(stored.details_json, event.details_json);
  EXPECT_EQ(store_->updates().ReadEvents("01a", "")->size(), 2u);
  EXPECT_EQ(std::get<RunEvent>(store_->updates().Read("", 3, 1)->at(0)).run_id, "");
}

TEST_F(UpdateTableTest, UpdatesOfARunAreReadInOrderFromAnyRevision) {
  InsertOrDie(*store_, ExampleRun("01b"));
  store_->group().Append(ExampleEvent("01a", "state"));  // 1
  store_->group().Append(ExampleReport("01a", 0));       // 2
  store_->group().Append(ExampleReport("01b", 0));       // 3
  store_->group().Append(ExampleEvent("01b", "state"));  // 4
  store_->group().Append(ExampleReport("01a", 10));      // 5
  store_->group().Append(ExampleEvent("01a", "state"));  // 6
  ASSERT_EQ(*store_->group().Commit(), 6);
  EXPECT_THAT(Revisions(store_->updates().Read("01a", 0, 10)), ElementsAre(1, 2, 5, 6));
  EXPECT_THAT(Revisions(store_->updates().Read("01a", 2, 2)), ElementsAre(2, 5));
  EXPECT_THAT(Revisions(store_->updates().Read("", 3, 3)), ElementsAre(3, 4, 5));
  EXPECT_THAT(Revisions(store_->updates().Read("01a", 7, 10)), ElementsAre());
}

}  // namespace
}  // namespace powerdown
