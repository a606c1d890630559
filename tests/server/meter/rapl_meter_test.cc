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

TEST_F(RaplMeterTest, TheKernelsLimitsAreReadAndReadAgain) {
  Zone("intel-rapl:0", "package-0", 0);
  const auto limit = [&](const std::string& file, const std::string& microwatts) {
    std::ofstream(folder_.path() + "/class/powercap/intel-rapl:0/" + file) << microwatts << "\n";
  };
  EXPECT_FALSE(Open()->description().is_limit_known);
  limit("constraint_0_max_power_uw", "8000000");
  limit("constraint_0_power_limit_uw", "15000000");
  limit("constraint_1_power_limit_uw", "25000000");
  const auto meter = Open();
  EXPECT_TRUE(meter->description().is_limit_known);
  EXPECT_EQ(meter->description().most_power, Watts(25));
  EXPECT_EQ(meter->description().ceiling, Watts(500));
  meter->Read(At(0)).value();
  limit("constraint_1_power_limit_uw", "44000000");
  SetEnergy("intel-rapl:0", "698000000");  // 698 W for one second: above what is sold
  EXPECT_TRUE(meter->Read(At(1))->has_restarted);
  SetEnergy("intel-rapl:0", "1498000000");
  EXPECT_EQ(meter->Read(At(11))->limit, Watts(44));
}

// At 10 Hz; package-1 moves as it is told, in joules a tick, package-0 by 5.
TEST_F(RaplMeterTest, OneOfTwoSocketsThatStandsStillIsMissingAndDoesNotVoidTheOther) {
  Zone("intel-rapl:0", "package-0", 0);
  Zone("intel-rapl:1", "package-1", 0);
  const auto meter = Open();
  int tick = 0;
  int64_t second = 0;
  const auto read = [&](int64_t joules) {
    second += joules;
    SetEnergy("intel-rapl:0", std::to_string(tick * int64_t{5'000'000}));
    SetEnergy("intel-rapl:1", std::to_string(second * 1'000'000));
    return meter->Read(At(0.1 * tick++)).value();
  };
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(read(5).missing);
  PowerReading reading;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(read(0).is_pending) << i;
  const double before = meter->Read(At(0.1 * tick))->counter->value();
  for (int i = 0; i < 20; ++i) reading = read(0);
  ASSERT_TRUE(reading.missing);
  EXPECT_EQ(reading.missing->share, 0.5);
  EXPECT_THAT(reading.missing->reason, HasSubstr("package-1 stands still"));
  EXPECT_NEAR(reading.counter->value() - before, 100, 6);
  EXPECT_TRUE(read(5).missing);  // of a time that it did not count
  reading = read(5);
  EXPECT_FALSE(reading.missing);
  EXPECT_FALSE(reading.has_restarted);
}

TEST_F(RaplMeterTest, AllThatStandsStillIsAnErrorAndThenARestart) {
  Zone("intel-rapl:0", "package-0", 7'000'000);
  Zone("intel-rapl:0:0", "dram", 1'000'000);
  const auto meter = Open();
  absl::StatusOr<PowerReading> reading = meter->Read(At(0));
  for (int i = 1; i < 120; ++i) {
    SetEnergy("intel-rapl:0:0", std::to_string(1'000'000 + i * 100'000));
    reading = meter->Read(At(0.1 * i));
  }
  EXPECT_THAT(reading.status().message(), HasSubstr("package-0 stands still"));
  SetEnergy("intel-rapl:0", "8000000");
  EXPECT_FALSE(meter->Read(At(12.1)).ok());
  SetEnergy("intel-rapl:0", "9000000");
  EXPECT_TRUE(meter->Read(At(12.2))->has_restarted);
  SetEnergy("intel-rapl:0", "10000000");
  EXPECT_FALSE(meter->Read(At(12.3))->has_restarted);
}

TEST_F(RaplMeterTest, MemoryThatWasNeverCountedIsNotMissed) {
  Zone("intel-rapl:0", "package-0", 0);
  Zone("intel-rapl:0:0", "dram", 0);
  const auto meter = Open();
  for (int i = 1; i < 200; ++i) {
    SetEnergy("intel-rapl:0", std::to_string(i * 1'000'000));
    const PowerReading reading = meter->Read(At(0.1 * i)).value();
    EXPECT_FALSE(reading.is_pending);
    EXPECT_FALSE(reading.missing);
  }
}

TEST_F(RaplMeterTest, AZoneThatFailsForLongIsMissingAndDoesNotVoidTheOthers) {
  Zone("intel-rapl:0", "package-0", 0);
  Zone("intel-rapl:1", "package-1", 0);
  const auto meter = Open();
  meter->Read(At(0)).value();
  SetEnergy("intel-rapl:1", "");
  SetEnergy("intel-rapl:0", "100000000");
  EXPECT_FALSE(meter->Read(At(1)).ok());
  SetEnergy("intel-rapl:0", "1200000000");
  const PowerReading reading = meter->Read(At(12)).value();
  ASSERT_TRUE(reading.missing);
  EXPECT_NEAR(reading.counter->value(), 1200, 1e-6);
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
