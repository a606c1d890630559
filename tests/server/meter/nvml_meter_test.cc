// The real dlopen path on a scripted libnvidia-ml.so.1.
#include "server/meter/nvml_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "server/meter/nvml_search.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr char kA4000[] = "count 1\nuuid0 GPU-aaaa\nname0 NVIDIA RTX A4000\n";

Instant At(double seconds) {
  return {absl::Seconds(seconds), absl::Seconds(seconds),
          absl::UnixEpoch() + absl::Seconds(seconds)};
}

class NvmlMeterTest : public ::testing::Test {
 protected:
  void Script(const std::string& text) {
    std::ofstream(folder_.path() + "/script") << text;
    setenv("SCRIPTED_NVML", (folder_.path() + "/script").c_str(), 1);
  }
  std::vector<std::unique_ptr<PowerMeter>> Find() {
    statuses_.clear();
    return FindNvmlMeters({.library = Program("../lib/libscripted_nvml.so")}, At(0), &statuses_);
  }

  TemporaryFolder folder_;
  std::vector<MeterStatus> statuses_;
};

TEST_F(NvmlMeterTest, TakesTheBestSourceThatTheDeviceAnswers) {
  struct Case {
    const char* lines;
    const char* source;
    bool is_counter;
  };
  for (const Case& one :
       {Case{"energy_mj0 5000\ninstant_mw0 40000\npower_mw0 41000\n", "nvml-counter", true},
        Case{"instant_mw0 40000\npower_mw0 41000\n", "nvml-power", false},
        Case{"power_mw0 41000\n", "nvml-power", false}}) {
    Script(std::string(kA4000) + one.lines);
    const auto meters = Find();
    ASSERT_EQ(meters.size(), 1u);
    EXPECT_EQ(meters[0]->description().source, one.source);
    const absl::StatusOr<PowerReading> reading = meters[0]->Read(At(1));
    ASSERT_TRUE(reading.ok()) << reading.status();
    EXPECT_EQ(reading->counter.has_value(), one.is_counter);
    EXPECT_EQ(reading->power.has_value(), !one.is_counter);
  }
}

TEST_F(NvmlMeterTest, DeviceThatAnswersNothingIsRefusedWithTheReason) {
  Script(kA4000);
  EXPECT_TRUE(Find().empty());
  ASSERT_EQ(statuses_.size(), 1u);
  EXPECT_FALSE(statuses_[0].is_used);
  EXPECT_THAT(statuses_[0].reason, HasSubstr("nvmlDeviceGetPowerUsage"));
}

TEST_F(NvmlMeterTest, DecreasedCounterIsARestartAndNeverANegativeDifference) {
  Script(std::string(kA4000) + "energy_mj0 5000\n");
  const auto meters = Find();
  meters[0]->Read(At(1)).value();
  Script(std::string(kA4000) + "energy_mj0 9000\n");
  EXPECT_DOUBLE_EQ(meters[0]->Read(At(2))->counter->value(), 4);
  Script(std::string(kA4000) + "energy_mj0 100\n");
  const PowerReading restarted = meters[0]->Read(At(3)).value();
  EXPECT_TRUE(restarted.has_restarted);
  EXPECT_DOUBLE_EQ(restarted.counter->value(), 4);
  Script(std::string(kA4000) + "energy_mj0 1100\n");
  const PowerReading after = meters[0]->Read(At(4)).value();
  EXPECT_FALSE(after.has_restarted);
  EXPECT_DOUBLE_EQ(after.counter->value(), 5);
}

TEST_F(NvmlMeterTest, LostGpuFailsItsReadsAndComesBack) {
  Script(std::string(kA4000) + "energy_mj0 5000\n");
  const auto meters = Find();
  meters[0]->Read(At(1)).value();
  Script(std::string(kA4000) + "energy_mj0 5000\nerror_energy 15\n");
  EXPECT_EQ(meters[0]->Read(At(2)).status().code(), absl::StatusCode::kUnavailable);
  Script(std::string(kA4000) + "energy_mj0 8000\n");
  const PowerReading back = meters[0]->Read(At(5)).value();
  EXPECT_DOUBLE_EQ(back.counter->value(), 3);
  EXPECT_FALSE(back.has_restarted);
}

TEST_F(NvmlMeterTest, ALostGpuIsNotReopenedAtEveryRead) {
  Script(std::string(kA4000) + "energy_mj0 5000\n");
  const auto meters = Find();
  meters[0]->Read(At(1)).value();
  Script(std::string(kA4000) + "energy_mj0 5000\nerror_energy 15\n");
  EXPECT_FALSE(meters[0]->Read(At(2)).ok());
  Script(std::string(kA4000) + "energy_mj0 5000\nerror_init 9\n");
  EXPECT_THAT(meters[0]->Read(At(2.1)).status().message(), HasSubstr("nvmlInit"));
  Script(std::string(kA4000) + "energy_mj0 6000\n");
  EXPECT_FALSE(meters[0]->Read(At(2.2)).ok());
  EXPECT_DOUBLE_EQ(meters[0]->Read(At(3.2))->counter->value(), 1);
}

TEST_F(NvmlMeterTest, GoesOnFromWhereTheCounterStoodBeforeTheDaemonWasDown) {
  Script(std::string(kA4000) + "energy_mj0 5000\n");
  const std::string position = Find()[0]->Read(At(1))->position;
  Script(std::string(kA4000) + "energy_mj0 65000\n");
  const auto meters = Find();
  EXPECT_TRUE(meters[0]->ResumeFrom(position, absl::Seconds(1)));
  EXPECT_DOUBLE_EQ(meters[0]->Read(At(601))->counter->value(), 60);
  EXPECT_FALSE(meters[0]->ResumeFrom("?", absl::Seconds(1)));
}

TEST_F(NvmlMeterTest, TheFieldsTimeStampTellsHowOldAPowerIs) {
  Script(std::string(kA4000) + "instant_mw0 40000\ninstant_us0 9950000\n");
  const auto meters = Find();
  EXPECT_EQ(meters[0]->Read(At(10))->age, absl::Milliseconds(50));
  EXPECT_EQ(meters[0]->Read(At(9))->age, absl::ZeroDuration());    // from the future
  EXPECT_EQ(meters[0]->Read(At(100))->age, absl::ZeroDuration());  // another clock's
}

TEST_F(NvmlMeterTest, TellsWhoUsesTheDevice) {
  const std::string script =
      std::string(kA4000) + "energy_mj0 5000\nutilization0 80\ncontexts0 2\n";
  Script(script + "uses0 7:60:1000 8:20:1000 7:50:2000\n");
  const auto meters = Find();
  DeviceActivity activity = *meters[0]->Read(At(1))->activity;
  EXPECT_EQ(activity.busy, 0.8);
  EXPECT_TRUE(activity.has_processes);
  EXPECT_THAT(activity.by_pid, ElementsAre(Pair(7, 0.5), Pair(8, 0.2)));
  // Nothing newer: what was said stands for two seconds.
  EXPECT_EQ(meters[0]->Read(At(2))->activity->by_pid.size(), 2u);
  EXPECT_TRUE(meters[0]->Read(At(4))->activity->by_pid.empty());
}

TEST_F(NvmlMeterTest, BoundsAreTheBoardsOwn) {
  Script("count 1\nuuid0 GPU-a\nname0 NVIDIA H100\nenergy_mj0 5\nlimit_mw0 700000\n");
  const MeterDescription h100 = Find()[0]->description();
  EXPECT_EQ(h100.most_power, Watts(700));
  EXPECT_EQ(h100.sensor_window, absl::Milliseconds(25));
  EXPECT_TRUE(h100.is_woken_by_reading);
  Script(std::string(kA4000) + "power_mw0 5\n");
  EXPECT_EQ(Find()[0]->description().lag, absl::Milliseconds(600));
  EXPECT_EQ(Find()[0]->description().sensor_window, absl::ZeroDuration());
}

TEST_F(NvmlMeterTest, AChangedLimitIsTold) {
  Script(std::string(kA4000) + "energy_mj0 5\nlimit_mw0 140000\n");
  const auto meters = Find();
  EXPECT_EQ(meters[0]->Read(At(1))->limit, Watts(140));
  Script(std::string(kA4000) + "energy_mj0 5\nlimit_mw0 200000\n");
  EXPECT_EQ(meters[0]->Read(At(2))->limit, Watts(200));
}

TEST_F(NvmlMeterTest, AnInstantPowerOfZeroIsReplacedByTheAverage) {
  Script(std::string(kA4000) + "instant_mw0 0\npower_mw0 41000\n");
  EXPECT_EQ(Find()[0]->Read(At(1))->power, Watts(41));
  Script(std::string(kA4000) + "energy_mj0 5\ninstant_mw0 0\npower_mw0 41000\n");
  EXPECT_EQ(Find()[0]->Read(At(1))->check_power, Watts(41));
}

TEST_F(NvmlMeterTest, TheBandIsGainAndOffset) {
  const auto spread = NvmlSpread("NVIDIA H100", Watts(700));
  EXPECT_NEAR(spread.below, 1.08 * (1 - 1 / 1.044), 1e-9);  // truth from the reading
  EXPECT_NEAR(spread.above, 1.08 * (1 / 0.873 - 1), 1e-9);
  EXPECT_NEAR(spread.offset_below.value(), 1.08 * 16 / 1.044, 1e-9);
  EXPECT_NEAR(spread.offset_above.value(), 1.08 * 22.6 / 0.873, 1e-9);
  EXPECT_NEAR(NvmlSpread("NVIDIA RTX A4000", Watts(150)).offset_above.value(),
              spread.offset_above.value() / 2, 1e-9);
  EXPECT_NEAR(NvmlSpread("Tesla V100", {}).below, 1.08 * 0.15, 1e-9);
}

TEST_F(NvmlMeterTest, OlderChipsAreTrustedLess) {
  EXPECT_EQ(NvmlRelativeBand("NVIDIA RTX A4000"), 0.10);
  EXPECT_EQ(NvmlRelativeBand("NVIDIA GeForce RTX 2080 Ti"), 0.15);
  EXPECT_EQ(NvmlRelativeBand("Tesla P100-PCIE-16GB"), 0.15);
}

}  // namespace
}  // namespace powerdown
