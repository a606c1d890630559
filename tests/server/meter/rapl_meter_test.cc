#include "server/meter/rapl_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Instant At(double seconds) {
  return {absl::Seconds(seconds), absl::Seconds(seconds),
          absl::UnixEpoch() + absl::Seconds(seconds)};
}

class RaplMeterTest : public ::testing::Test {
 protected:
  void Zone(const std::string& folder, const std::string& name, int64_t energy_uj,
            const std::string& range_uj = "262143328850") {
    const std::string path = folder_.path() + "/class/powercap/" + folder;
    std::filesystem::create_directories(path);
    std::ofstream(path + "/name") << name << "\n";
    std::ofstream(path + "/max_energy_range_uj") << range_uj << "\n";
    SetEnergy(folder, std::to_string(energy_uj));
  }
  void SetEnergy(const std::string& folder, const std::string& text) {
    std::ofstream(folder_.path() + "/class/powercap/" + folder + "/energy_uj") << text << "\n";
  }
  std::unique_ptr<RaplMeter> Open() {
    RaplOptions options;
    options.sysfs_root = folder_.path();
    options.most_plausible_power = Watts(500);
    return RaplMeter::Open(options, &refused_).value();
  }
  std::vector<std::string> UsedNames() {
    std::vector<std::string> names;
    for (const RaplZone& zone : FindRaplZones(folder_.path()).used) names.push_back(zone.name);
    return names;
  }

  TemporaryFolder folder_;
  std::vector<RaplRefusal> refused_;
};

TEST_F(RaplMeterTest, LaptopCountsItsPackageOnceAndLeavesPsysAndMmioOut) {
  Zone("intel-rapl:0", "package-0", 1);
  Zone("intel-rapl:0:0", "core", 1);
  Zone("intel-rapl:0:1", "uncore", 1);
  Zone("intel-rapl:1", "psys", 1);
  Zone("intel-rapl-mmio:0", "package-0", 1);
  EXPECT_THAT(UsedNames(), ElementsAre("package-0"));
}

TEST_F(RaplMeterTest, ServerCountsEachSocketEachDieAndMemory) {
  Zone("intel-rapl:0", "package-0-die-0", 1);
  Zone("intel-rapl:0:0", "dram", 1);
  Zone("intel-rapl:1", "package-0-die-1", 1);
  Zone("intel-rapl:2", "package-1", 1);
  EXPECT_THAT(UsedNames(), ElementsAre("package-0-die-0", "dram", "package-0-die-1", "package-1"));
}

TEST_F(RaplMeterTest, WrapOfOneZoneAddsThatZonesRange) {
  Zone("intel-rapl:0", "package-0", 65'000'000'000, "65532610987");
  Zone("intel-rapl:1", "package-1", 1'000'000'000, "262143328850");
  const auto meter = Open();
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "467389013");   // 1,000 J on, over the end of its range
  SetEnergy("intel-rapl:1", "1500000000");  // 500 J on
  const PowerReading reading = meter->Read(At(10)).value();
  EXPECT_FALSE(reading.has_restarted);
  EXPECT_NEAR(reading.counter->value(), 1500, 1e-6);
}

// Three steps of 15 s at 100 W with one unreadable: 4,500 J, not one range more.
TEST_F(RaplMeterTest, FailedReadLosesNothing) {
  Zone("intel-rapl:0", "package-0", 0);
  const auto meter = Open();
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "1500000000");
  EXPECT_NEAR(meter->Read(At(15))->counter->value(), 1500, 1e-9);
  SetEnergy("intel-rapl:0", "");
  EXPECT_FALSE(meter->Read(At(30)).ok());
  SetEnergy("intel-rapl:0", "4500000000");
  EXPECT_NEAR(meter->Read(At(45))->counter->value(), 4500, 1e-9);
}

TEST_F(RaplMeterTest, ResetAndImplausibleJumpAreRestartsNotWraps) {
  Zone("intel-rapl:0", "package-0", 200'000'000'000);
  const auto meter = Open();
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "0");  // a wrap would be 62,143 J in 15 s
  const PowerReading reset = meter->Read(At(15)).value();
  EXPECT_TRUE(reset.has_restarted);
  EXPECT_EQ(reset.counter->value(), 0);
  SetEnergy("intel-rapl:0", "64852000000");  // 64,852 W for one second
  EXPECT_TRUE(meter->Read(At(16))->has_restarted);
  SetEnergy("intel-rapl:0", "64952000000");
  EXPECT_NEAR(meter->Read(At(17))->counter->value(), 100, 1e-9);
}

TEST_F(RaplMeterTest, LatePollIsARestartBecauseWrapsCannotBeCounted) {
  Zone("intel-rapl:0", "package-0", 0, "65532610987");
  const auto meter = Open();
  EXPECT_NEAR(absl::ToDoubleSeconds(meter->poll_deadline()), 65532.610987 / 500 / 4, 1e-6);
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "18467389013");
  EXPECT_TRUE(meter->Read(At(300))->has_restarted);
}

TEST_F(RaplMeterTest, WithoutARangeADecreaseIsARestart) {
  Zone("intel-rapl:0", "package-0", 1'000'000, "");
  const auto meter = Open();
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "500000");
  const PowerReading reading = meter->Read(At(1)).value();
  EXPECT_TRUE(reading.has_restarted);
  EXPECT_EQ(reading.counter->value(), 0);
}

TEST_F(RaplMeterTest, TheKernelsRatedPowerBoundsWhatIsPlausible) {
  Zone("intel-rapl:0", "package-0", 0);
  std::ofstream(folder_.path() + "/class/powercap/intel-rapl:0/constraint_0_max_power_uw")
      << "8000000\n";  // 8 W
  const auto meter = Open();
  EXPECT_EQ(meter->description().most_power, Watts(16));
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:0", "698000000");  // 698 W for one second
  EXPECT_TRUE(meter->Read(At(1))->has_restarted);
}

TEST_F(RaplMeterTest, GoesOnFromWhereTheCountersStoodOverAWrap) {
  Zone("intel-rapl:0", "package-0", 65'000'000'000, "65532610987");
  Zone("intel-rapl:0:0", "dram", 0);
  const std::string position = Open()->Read(At(100))->position;
  SetEnergy("intel-rapl:0", "467389013");  // 1,000 J on
  SetEnergy("intel-rapl:0:0", "200000000");
  const auto meter = Open();
  ASSERT_TRUE(meter->ResumeFrom(position, absl::Seconds(100)));
  const PowerReading reading = meter->Read(At(150)).value();
  EXPECT_FALSE(reading.has_restarted);
  EXPECT_NEAR(reading.counter->value(), 1200, 1e-6);
  EXPECT_FALSE(meter->ResumeFrom("1", absl::Seconds(1)));
  EXPECT_FALSE(meter->ResumeFrom("1 x", absl::Seconds(1)));
}

TEST_F(RaplMeterTest, EachZoneThatCannotBeReadIsToldWithItsRemedy) {
  EXPECT_THAT(FindRaplZones(folder_.path()).refused[0].remedy, HasSubstr("modprobe"));
  Zone("intel-rapl:0", "package-0", 1);
  Zone("intel-rapl:1", "psys", 1);
  std::filesystem::create_directories(folder_.path() + "/class/powercap/intel-rapl:2");
  std::filesystem::create_directories(folder_.path() + "/class/powercap/intel-rapl");
  const std::vector<RaplRefusal> refused = FindRaplZones(folder_.path()).refused;
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_THAT(refused[0].reason, HasSubstr("twice"));
  EXPECT_THAT(refused[1].remedy, HasSubstr("systempaths=unconfined"));
}

TEST_F(RaplMeterTest, AnUnreadableZoneIsToldWithTheUdevRule) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  Zone("intel-rapl:0", "package-0", 1);
  std::filesystem::permissions(folder_.path() + "/class/powercap/intel-rapl:0/energy_uj",
                               std::filesystem::perms::none);
  EXPECT_THAT(FindRaplZones(folder_.path()).refused[0].remedy, HasSubstr("udevadm"));
}

TEST_F(RaplMeterTest, NothingReadableSaysSo) {
  RaplOptions options;
  options.sysfs_root = folder_.path();
  EXPECT_EQ(RaplMeter::Open(options, &refused_).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace powerdown
