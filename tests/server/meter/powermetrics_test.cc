#include "server/meter/powermetrics.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

namespace powerdown {
namespace {

std::string Recorded(const std::string& name) {
  std::ifstream file(std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/powermetrics/" + name,
                     std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

std::vector<PowermetricsSample> ReadIn(const std::string& text, std::vector<size_t> cuts) {
  PowermetricsReader reader;
  std::vector<PowermetricsSample> samples;
  size_t at = 0;
  cuts.push_back(text.size());
  for (const size_t cut : cuts) {
    for (PowermetricsSample& sample : reader.Feed(std::string_view(text).substr(at, cut - at))) {
      samples.push_back(std::move(sample));
    }
    at = cut;
  }
  if (const auto last = reader.Finish()) samples.push_back(*last);
  return samples;
}

TEST(PowermetricsTest, ReadsTextWithTheElapsedTimeThatItStates) {
  const auto samples = ReadIn(Recorded("m2.txt"), {});
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].elapsed, absl::Microseconds(1'002'900));
  EXPECT_NEAR(samples[0].cpu->value(), 0.823, 1e-12);
  EXPECT_NEAR(samples[0].total()->value(), 1.172, 1e-12);
  EXPECT_NEAR(samples[1].gpu->value(), 0.019, 1e-12);
}

TEST(PowermetricsTest, ReadsPlistsAndNotWhatTheirClustersSay) {
  const auto samples = ReadIn(Recorded("m1.plist"), {});
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].elapsed, absl::Milliseconds(500));
  EXPECT_NEAR(samples[0].cpu->value(), 1.28, 1e-12);
  EXPECT_NEAR(samples[0].total()->value(), 2.092, 1e-12);
  EXPECT_NEAR(samples[1].total()->value(), 1.046 / 0.523, 1e-9);
}

TEST(PowermetricsTest, ReadsAnIntelMac) {
  const auto samples = ReadIn(Recorded("intel.txt"), {});
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].elapsed, absl::Microseconds(107'940));
  EXPECT_EQ(samples[0].total(), Watts(2.48));
}

TEST(PowermetricsTest, IsTheSameWhereverItIsCut) {
  for (const char* name : {"m2.txt", "intel.txt", "m1.plist"}) {
    const std::string text = Recorded(name);
    const auto whole = ReadIn(text, {});
    for (size_t cut = 0; cut <= text.size(); ++cut) {
      ASSERT_EQ(ReadIn(text, {cut}), whole) << name << " at " << cut;
    }
    std::vector<size_t> everywhere;
    for (size_t cut = 1; cut < text.size(); ++cut) everywhere.push_back(cut);
    EXPECT_EQ(ReadIn(text, everywhere), whole) << name;
  }
}

TEST(PowermetricsTest, AnUnknownPowerIsNotZero) {
  PowermetricsReader reader;
  reader.Feed("*** Sampled system activity (now) (100.0ms elapsed) ***\nGPU Power: 7 mW\n");
  const auto sample = reader.Finish();
  ASSERT_TRUE(sample);
  EXPECT_FALSE(sample->cpu);
  EXPECT_NEAR(sample->total()->value(), 0.007, 1e-12);
  reader.Feed("*** Sampled system activity (now) (100.0ms elapsed) ***\nCPU Power: n/a\n");
  EXPECT_FALSE(reader.Finish());
}

TEST(PowermetricsTest, DamagedSamplesAreCountedAndTheNextOnesRead) {
  PowermetricsReader reader;
  EXPECT_TRUE(reader.Feed("*** Sampled system activity (no time) ***\nCPU Power: 5 mW\n").empty());
  EXPECT_EQ(reader.damaged(), 1);
  const std::string plist = Recorded("m1.plist");
  const std::string whole = plist.substr(0, plist.find('\0'));
  const auto samples = reader.Feed(whole.substr(0, whole.size() / 2) + whole);
  EXPECT_EQ(samples.size(), 1u);  // the half one is lost, the whole one after it is not
  EXPECT_EQ(reader.damaged(), 2);
  EXPECT_TRUE(reader.Feed("<?xml><plist><dict></dict></plist>").empty());
  EXPECT_EQ(reader.damaged(), 3);
}

// Whatever comes, it neither crashes nor makes a sample up.
TEST(PowermetricsTest, SurvivesNoise) {
  std::mt19937 random(5);
  const std::string recorded = Recorded("m2.txt") + Recorded("m1.plist");
  for (int round = 0; round < 300; ++round) {
    std::string text = recorded;
    for (int i = 0; i < 40; ++i) text[random() % text.size()] = static_cast<char>(random() % 256);
    for (const PowermetricsSample& sample : ReadIn(text, {random() % text.size()})) {
      ASSERT_GT(sample.elapsed, absl::ZeroDuration());
      ASSERT_TRUE(sample.total());
      ASSERT_GE(*sample.total(), Watts(0));
    }
  }
}

}  // namespace
}  // namespace powerdown
