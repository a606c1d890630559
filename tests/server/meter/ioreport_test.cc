// Channel dumps in IOReport's own names: an M-series chip, an Ultra of two dies, frozen and
// batched.
#include <algorithm>

#include "server/meter/ioreport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

AppleDump Dump(double at, std::vector<IoReportChannel> channels,
               std::optional<Watts> system = std::nullopt) {
  return {absl::Seconds(at), std::move(channels), system};
}

TEST(IoReportTest, ChannelsAreMatchedWhole) {
  EXPECT_EQ(PartOfChannel("CPU Energy"), ApplePart::kCpu);
  EXPECT_EQ(PartOfChannel("DIE_1_CPU Energy"), ApplePart::kCpu);
  EXPECT_EQ(PartOfChannel("GPU Energy"), ApplePart::kGpu);
  EXPECT_EQ(PartOfChannel("GPU SRAM0"), ApplePart::kGpuSram);
  EXPECT_EQ(PartOfChannel("ANE0"), ApplePart::kAne);
  EXPECT_EQ(PartOfChannel("DRAM"), ApplePart::kDram);
  for (const char* name :
       {"ECPU0", "PCPU", "PACC0_CPU3", "EACC_CPU Energy", "MCPU Energy", "GPU CS Energy", "ANE0_1",
        "DRAM Energy", "DIE_CPU Energy", "DIE_x_GPU"}) {
    EXPECT_EQ(PartOfChannel(name), std::nullopt) << name;
  }
}

TEST(IoReportTest, UnitsAreReadAndAnUnknownOneIsRefused) {
  EXPECT_DOUBLE_EQ(IoReportEnergy({"x", "mJ", 1500})->value(), 1.5);
  EXPECT_DOUBLE_EQ(IoReportEnergy({"x", "uJ ", 1500})->value(), 0.0015);
  EXPECT_DOUBLE_EQ(IoReportEnergy({"x", "nJ", 1'500'000'000})->value(), 1.5);
  EXPECT_THAT(std::string(IoReportEnergy({"x", "kWh", 1}).status().message()), HasSubstr("kWh"));
  EXPECT_FALSE(IoReportDecoder().Decode(Dump(0, {{"CPU Energy", "", 1}})).ok());
}

TEST(IoReportTest, CoresAndClustersAreNotAddedToTheirSum) {
  IoReportDecoder decoder;
  const auto dump = [](double at, int64_t step) {
    return Dump(at,
                {{"ECPU0", "mJ", 900 * step},
                 {"ECPU", "mJ", 1800 * step},
                 {"PCPU", "mJ", 18200 * step},
                 {"CPU Energy", "mJ", 20000 * step},
                 {"GPU Energy", "nJ", 15'000'000'000 * step},
                 {"DRAM0", "mJ", 1170 * step}},
                Watts(50));
  };
  ASSERT_TRUE(decoder.Decode(dump(0, 1)).ok());
  const AppleSplit split = *decoder.Decode(dump(1, 2));
  EXPECT_NEAR(split.parts.at(ApplePart::kCpu).power.value(), 20, 1e-9);
  EXPECT_NEAR(split.parts.at(ApplePart::kGpu).power.value(), 15, 1e-9);
  EXPECT_NEAR(split.other->value(), 50 - 36.17, 1e-9);
  EXPECT_EQ(split.warning, "");
}

TEST(IoReportTest, TheDiesOfAnUltraAddUp) {
  IoReportDecoder decoder;
  const auto dump = [](double at, int64_t step) {
    return Dump(at, {{"DIE_0_CPU Energy", "mJ", 30000 * step},
                     {"DIE_1_CPU Energy", "mJ", 20000 * step},
                     {"DIE_0_GPU Energy", "mJ", 7000 * step},
                     {"DIE_1_GPU Energy", "mJ", 8000 * step}});
  };
  ASSERT_TRUE(decoder.Decode(dump(0, 0)).ok());
  const AppleSplit split = *decoder.Decode(dump(2, 1));
  EXPECT_NEAR(split.parts.at(ApplePart::kCpu).power.value(), 25, 1e-9);
  EXPECT_NEAR(split.parts.at(ApplePart::kGpu).power.value(), 7.5, 1e-9);
  EXPECT_EQ(split.other, std::nullopt);  // PSTR is not known
}

// macmon#76: "CPU Energy" froze on an M3 Max while all else moved.
TEST(IoReportTest, AFrozenChannelIsStaleAndNotZero) {
  IoReportDecoder decoder;
  AppleSplit split;
  for (int second = 0; second <= 30; ++second) {
    const int64_t cpu = 20000 * std::min(second, 5);
    split = *decoder.Decode(
        Dump(second, {{"CPU Energy", "mJ", cpu}, {"GPU Energy", "mJ", 9000 * second}}, Watts(60)));
    EXPECT_EQ(split.parts.at(ApplePart::kCpu).is_stale, second >= 15) << second;
  }
  EXPECT_THAT(split.warning, HasSubstr("cpu's energy counter does not change"));
  EXPECT_EQ(split.other, std::nullopt);
  EXPECT_FALSE(split.parts.at(ApplePart::kGpu).is_stale);
}

// all-smi#410: counters published in batches read as 0 and 167 W by turns.
TEST(IoReportTest, ABatchedChannelIsNeitherZeroNorASpike) {
  IoReportDecoder decoder;
  Joules before;
  Joules after;
  for (int tick = 0; tick <= 80; ++tick) {
    const int64_t batches = tick / 8;  // renewed every two seconds, read every quarter
    const AppleSplit split =
        *decoder.Decode(Dump(tick * 0.25, {{"GPU Energy", "mJ", 40000 * batches}}));
    const AppleSplit::Part& gpu = split.parts.at(ApplePart::kGpu);
    if (tick >= 16) {
      EXPECT_NEAR(gpu.power.value(), 20, 1e-9) << tick;
    }
    if (tick == 16) before = gpu.counter;
    after = gpu.counter;
  }
  EXPECT_NEAR((after - before).value(), 40 * 8, 1e-9);  // the integral is what it was
}

TEST(IoReportTest, PartsThatExceedTheSystemAreToldAndNotHidden) {
  IoReportDecoder decoder;
  decoder.Decode(Dump(0, {{"GPU Energy", "mJ", 0}}, Watts(52))).value();
  const AppleSplit split = *decoder.Decode(Dump(1, {{"GPU Energy", "mJ", 87000}}, Watts(52)));
  EXPECT_THAT(split.warning, HasSubstr("87.0 W and the system 52.0 W"));
  EXPECT_EQ(split.other, std::nullopt);
}

TEST(IoReportTest, AResetCounterIsNoNegativePower) {
  IoReportDecoder decoder;
  decoder.Decode(Dump(0, {{"GPU Energy", "mJ", 50000}})).value();
  AppleSplit split = *decoder.Decode(Dump(1, {{"GPU Energy", "mJ", 10}}));
  EXPECT_EQ(split.parts.at(ApplePart::kGpu).power, Watts(0));
  split = *decoder.Decode(Dump(2, {{"GPU Energy", "mJ", 10010}}));
  EXPECT_NEAR(split.parts.at(ApplePart::kGpu).power.value(), 10, 1e-9);
}

TEST(IoReportTest, WithoutAKnownChannelThereIsNoSplit) {
  EXPECT_TRUE(absl::IsNotFound(IoReportDecoder().Decode(Dump(0, {{"ECPU", "mJ", 1}})).status()));
}

}  // namespace
}  // namespace powerdown
