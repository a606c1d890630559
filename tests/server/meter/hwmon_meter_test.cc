#include "server/meter/hwmon_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/meter/metered_device.h"
#include "tests/server/meter/hwmon_folder.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

Instant At(double seconds) {
  return {absl::Seconds(seconds), absl::Seconds(seconds),
          absl::UnixEpoch() + absl::Seconds(seconds)};
}

class HwmonMeterTest : public ::testing::Test {
 protected:
  void Set(const std::string& file, int64_t value) {
    WriteSysfs(folder_.path(), {{file, std::to_string(value)}});
  }
  std::string File(const std::string& name) const { return folder_.path() + "/" + name; }
  static HwmonSensor Sensor(const std::string& device, Watts most) {
    HwmonSensor sensor;
    sensor.description = {.meter = "hwmon (test)",
                          .device = device,
                          .source = "hwmon-power",
                          .relative_band = 0.15,
                          .most_power = most};
    return sensor;
  }
  HwmonSensor Gpu() {
    HwmonSensor sensor = Sensor("gpu-0000:03:00.0", Watts(250));
    sensor.power_file = File("power1_average");
    sensor.limit_file = File("power1_cap");
    sensor.busy_file = File("gpu_busy_percent");
    sensor.state_file = File("runtime_status");
    Set("power1_average", 120'500'000);
    Set("power1_cap", 250'000'000);
    Set("gpu_busy_percent", 87);
    WriteSysfs(folder_.path(), {{"runtime_status", "active"}});
    return sensor;
  }
  HwmonSensor Counter(Joules range) {
    HwmonSensor sensor = Sensor("system", Watts(4000));
    sensor.energy_file = File("energy1_input");
    sensor.range = range;
    return sensor;
  }

  const TemporaryFolder folder_;
};

TEST_F(HwmonMeterTest, AGpuTellsItsPowerLimitAndUse) {
  HwmonMeter meter(Gpu());
  PowerReading reading = meter.Read(At(0)).value();
  EXPECT_EQ(*reading.power, Watts(120.5));
  EXPECT_EQ(*reading.limit, Watts(250));
  ASSERT_TRUE(reading.activity);
  EXPECT_TRUE(reading.activity->is_use_known);
  EXPECT_NEAR(reading.activity->busy, 0.87, 1e-9);
  EXPECT_FALSE(reading.activity->contexts);
  Set("power1_cap", 300'000'000);
  EXPECT_EQ(*meter.Read(At(1))->limit, Watts(300));
}

TEST_F(HwmonMeterTest, AGpuThatSleepsIsNotWoken) {
  HwmonMeter meter(Gpu());
  WriteSysfs(folder_.path(), {{"runtime_status", "suspended"}});
  std::filesystem::remove(File("power1_average"));  // reading it would be seen
  const auto reading = meter.Read(At(0));
  EXPECT_TRUE(absl::IsUnavailable(reading.status()));
  EXPECT_THAT(std::string(reading.status().message()), HasSubstr("would wake it"));
}

TEST_F(HwmonMeterTest, ACardWithoutAUseFileSaysThatNobodyTells) {
  HwmonSensor sensor = Gpu();
  sensor.busy_file.clear();
  const PowerReading reading = HwmonMeter(sensor).Read(At(0)).value();
  ASSERT_TRUE(reading.activity);
  EXPECT_FALSE(reading.activity->is_use_known);
}

TEST_F(HwmonMeterTest, CurrentTimesVoltageIsAPower) {
  HwmonSensor sensor = Sensor("system", Watts(100));
  sensor.current_file = File("curr1_input");
  sensor.voltage_file = File("in1_input");
  Set("curr1_input", 1'500);
  Set("in1_input", 5'000);
  const PowerReading reading = HwmonMeter(sensor).Read(At(0)).value();
  EXPECT_NEAR(reading.power->value(), 7.5, 1e-9);
  EXPECT_FALSE(reading.activity);  // processor time tells who used it
}

TEST_F(HwmonMeterTest, ACounterIsDifferencedAndWraps) {
  HwmonMeter meter(Counter(Joules(1000)));
  Set("energy1_input", 900'000'000);
  EXPECT_EQ(*meter.Read(At(0))->counter, Joules(0));
  Set("energy1_input", 950'000'000);
  EXPECT_NEAR(meter.Read(At(1))->counter->value(), 50, 1e-9);
  Set("energy1_input", 20'000'000);
  const PowerReading wrapped = meter.Read(At(2)).value();
  EXPECT_FALSE(wrapped.has_restarted);
  EXPECT_NEAR(wrapped.counter->value(), 120, 1e-9);
  // 990 J in 0.1 s is no machine's power.
  Set("energy1_input", 10'000'000);
  EXPECT_TRUE(meter.Read(At(2.1))->has_restarted);
}

TEST_F(HwmonMeterTest, ACounterWithoutARangeThatFallsHasBegunAnew) {
  HwmonMeter meter(Counter(Joules(0)));
  Set("energy1_input", 900'000'000);
  ASSERT_TRUE(meter.ResumeFrom("850", absl::Seconds(0)));
  EXPECT_NEAR(meter.Read(At(1))->counter->value(), 50, 1e-9);
  Set("energy1_input", 1'000'000);
  EXPECT_TRUE(meter.Read(At(2))->has_restarted);
  EXPECT_FALSE(meter.ResumeFrom("far", absl::Seconds(0)));
}

// What every meter must do behind a MeteredDevice: a held power, and a gap with its reason.
TEST_F(HwmonMeterTest, AMeteredDeviceIntegratesItAndTellsGaps) {
  MeteredDevice device(std::make_unique<HwmonMeter>(Gpu()));
  double joules = 0;
  for (int tick = 0; tick <= 600; ++tick) {
    const auto sample = device.Read(At(tick / 10.0));
    if (sample) joules += (sample->power * (sample->end - sample->start)).value();
  }
  EXPECT_NEAR(joules, 120.5 * 60, 1e-6 * 120.5 * 60);
  std::filesystem::remove(File("power1_average"));
  EXPECT_FALSE(device.Read(At(60.1)));
  EXPECT_THAT(std::string(device.error().message()), HasSubstr("power1_average"));
  Set("power1_average", 120'500'000);
  const auto after = device.Read(At(70));
  ASSERT_TRUE(after);
  EXPECT_EQ(after->coverage, 0);
}

}  // namespace
}  // namespace powerdown
