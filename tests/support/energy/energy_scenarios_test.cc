// The bands against truth: all scenarios of tests/data/energy, and a thousand at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "common/base/statistics.h"
#include "tests/support/energy/scenario_box.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

constexpr uint64_t kSeed = 4;
constexpr int kScenarios = 1000;

std::string ScriptedNvml() {
  return Program("../lib/libscripted_nvml.so");
}

TEST(EnergyScenariosTest, EachFilesTruthLiesInTheBandAndMeetsWhatItExpects) {
  int played = 0;
  const std::string folder = std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/energy";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".scenario") continue;
    const auto scenario = ReadScenario(entry.path());
    ASSERT_TRUE(scenario.ok()) << entry.path() << ": " << scenario.status();
    TemporaryFolder tree;
    const ScenarioOutcome outcome = PlayScenario(*scenario, tree.path(), ScriptedNvml());
    EXPECT_TRUE(outcome.is_in_band)
        << scenario->name << ": " << outcome.truth << " J, stated " << outcome.figure.low.value()
        << " to " << outcome.figure.high.value();
    EXPECT_FALSE(outcome.is_silent_zero) << scenario->name;
    EXPECT_GE(outcome.least_interval, 0) << scenario->name;
    if (scenario->expected) {
      EXPECT_NEAR(outcome.figure.gross.value(), *scenario->expected,
                  *scenario->expected * scenario->tolerance)
          << scenario->name;
    }
    ++played;
  }
  EXPECT_GE(played, 8);
}

TEST(EnergyScenariosTest, AThousandRandomTruthsLieInNarrowBands) {
  int in_band = 0;
  int has_net = 0;
  int net_in_band = 0;
  int wrong_at_full = 0;
  std::vector<double> counted;
  std::vector<double> polled;
  for (int i = 0; i < kScenarios; ++i) {
    const Scenario scenario = RandomScenario(kSeed, i);
    TemporaryFolder tree;
    const ScenarioOutcome outcome = PlayScenario(scenario, tree.path(), ScriptedNvml());
    ASSERT_TRUE(outcome.has_figure) << ScenarioText(scenario);
    ASSERT_GE(outcome.least_interval, 0) << ScenarioText(scenario);
    ASSERT_FALSE(outcome.is_silent_zero) << ScenarioText(scenario);
    in_band += outcome.is_in_band ? 1 : 0;
    has_net += outcome.has_net ? 1 : 0;
    net_in_band += outcome.is_net_in_band ? 1 : 0;
    wrong_at_full += !outcome.is_in_band && outcome.figure.coverage > 0.95 ? 1 : 0;
    if (!scenario.IsHealthy()) continue;
    const bool is_counted = scenario.source == "rapl" || scenario.source == "nvml-counter";
    (is_counted ? counted : polled).push_back(outcome.relative_width);
  }
  EXPECT_GE(in_band, 0.95 * kScenarios);
  EXPECT_GE(net_in_band, 0.95 * has_net);
  EXPECT_LE(wrong_at_full, 0.05 * kScenarios);
  EXPECT_LE(UpperMedian(counted), 0.12);
  EXPECT_LE(UpperMedian(polled), 0.20);
  RecordProperty("in_band", in_band);
}

TEST(ScenarioTest, TextComesBackAsItWas) {
  for (int i = 0; i < 50; ++i) {
    const std::string text = ScenarioText(RandomScenario(kSeed, i));
    const auto read = ParseScenario(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(ScenarioText(*read), text);
  }
}

TEST(ScenarioTest, AMistakeIsNamedByItsLine) {
  EXPECT_EQ(ParseScenario("name x\nlaod 0 100\n").status().message(),
            "line 2: laod 0 100: not a statement");
  EXPECT_FALSE(ParseScenario("load 0\nrun 0 10\n").ok());
  EXPECT_FALSE(ParseScenario("load 0 100\n").ok());
  EXPECT_FALSE(ParseScenario("source rpal\nload 0 100\nrun 0 10\n").ok());
  EXPECT_FALSE(ParseScenario("load 0 100\nrun 0 10\nevent 3 nap 2\n").ok());
}

TEST(ScenarioTest, SquareWavesAreIntegratedExactly) {
  const auto scenario = ParseScenario("load 0 square 140 20 0.1 0.5\nload 10 50\nrun 0 20\n");
  ASSERT_TRUE(scenario.ok());
  EXPECT_NEAR(scenario->EnergyUntil(10), 800, 1e-6);
  EXPECT_NEAR(scenario->EnergyUntil(0.075), 0.05 * 140 + 0.025 * 20, 1e-9);
  EXPECT_NEAR(scenario->EnergyUntil(20), 1300, 1e-6);
}

}  // namespace
}  // namespace powerdown
