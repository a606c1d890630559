#include "server/store/meter_table.h"

#include <gmock/gmock.h>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"

namespace powerdown {
namespace {

class MeterTableTest : public ::testing::Test {
 protected:
  std::unique_ptr<Store> store_ = OpenOrDie();
};

TEST_F(MeterTableTest, CalibrationLevelsAreKeptUntilRemoved) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  ASSERT_TRUE(store_->meters().PutCalibrationLevel({"cpu", Watts(50), Watts(60), time}).ok());
  ASSERT_TRUE(store_->meters()
                  .PutCalibrationLevel({"cpu", Watts(9), Watts(12), time + absl::Seconds(1)})
                  .ok());
  const auto levels = *store_->meters().ReadCalibrationLevels("cpu");
  ASSERT_EQ(levels.size(), 2u);
  EXPECT_EQ(levels[0].plug, Watts(60));
  EXPECT_EQ(levels[1].sensor, Watts(9));
  ASSERT_TRUE(store_->meters().RemoveCalibration("cpu").ok());
  EXPECT_TRUE(store_->meters().ReadCalibrationLevels("cpu")->empty());
}

TEST_F(MeterTableTest, ABaselineIsTheLastOneOfItsDevice) {
  EXPECT_FALSE(store_->meters().FindBaseline("cpu")->has_value());
  StoredBaseline baseline{"cpu", Watts(10), Watts(9), Watts(11), ExampleTime(1), "boot"};
  ASSERT_TRUE(store_->meters().PutBaseline(baseline).ok());
  baseline.power = Watts(0.1 + 0.2);
  baseline.measured_at = ExampleTime(2);
  ASSERT_TRUE(store_->meters().PutBaseline(baseline).ok());
  const auto stored = *store_->meters().FindBaseline("cpu");
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->power, Watts(0.1 + 0.2));
  EXPECT_EQ(stored->high, Watts(11));
  EXPECT_EQ(stored->measured_at, ExampleTime(2));
  EXPECT_EQ(stored->boot_id, "boot");
}

}  // namespace
}  // namespace powerdown
