// The real dlopen path on a scripted libnvidia-ml.so.1.
#include "server/meter/nvml_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  std::vector<std::unique_ptr<PowerMeter>> Find(std::optional<std::string> visible = std::nullopt) {
    statuses_.clear();
    return FindNvmlMeters(Program("../lib/libscripted_nvml.so"), visible, At(0), &statuses_);
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

TEST_F(NvmlMeterTest, MissingLibraryIsRefusedWithARemedy) {
  std::vector<MeterStatus> statuses;
  EXPECT_TRUE(FindNvmlMeters("libno-such-nvml.so.1", std::nullopt, At(0), &statuses).empty());
  ASSERT_EQ(statuses.size(), 1u);
  EXPECT_THAT(statuses[0].reason, HasSubstr("not installed"));
  EXPECT_NE(statuses[0].remedy, "");
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
  EXPECT_DOUBLE_EQ(meters[0]->Read(At(5))->counter->value(), 3);
}

TEST_F(NvmlMeterTest, VisibleDevicesAreNamedByIndexOrUuid) {
  Script("count 2\nuuid0 GPU-aaaa\nname0 A\npower_mw0 1\nuuid1 GPU-bbbb\nname1 B\npower_mw1 1\n");
  const auto devices = [&](std::optional<std::string> visible) {
    std::vector<std::string> names;
    for (const auto& meter : Find(visible)) names.push_back(meter->description().device);
    return names;
  };
  EXPECT_THAT(devices(std::nullopt), ElementsAre("gpu-GPU-aaaa", "gpu-GPU-bbbb"));
  EXPECT_THAT(devices("1"), ElementsAre("gpu-GPU-bbbb"));
  EXPECT_THAT(devices("GPU-bb,0"), ElementsAre("gpu-GPU-aaaa", "gpu-GPU-bbbb"));
  EXPECT_TRUE(devices("").empty());
}

TEST_F(NvmlMeterTest, MigIsToldWithThePowerOfTheWholeBoard) {
  Script(std::string(kA4000) + "energy_mj0 5000\nmig0 1\n");
  EXPECT_EQ(Find().size(), 1u);
  EXPECT_THAT(statuses_[0].reason, HasSubstr("MIG"));
}

TEST_F(NvmlMeterTest, OlderChipsAreTrustedLess) {
  EXPECT_EQ(NvmlRelativeBand("NVIDIA RTX A4000"), 0.10);
  EXPECT_EQ(NvmlRelativeBand("NVIDIA GeForce RTX 2080 Ti"), 0.15);
  EXPECT_EQ(NvmlRelativeBand("Tesla P100-PCIE-16GB"), 0.15);
}

}  // namespace
}  // namespace powerdown
