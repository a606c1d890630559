#include "common/study/run_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

constexpr char kGrid[] = R"(
[defaults]
modulus = 23
[[grid]]
name = "a"
tier = "easy"
task = ["addition", "division"]
seeds = [4, 5, 6]
[[grid]]
name = "b"
weight_decay = 0.5
)";

TEST(RunGridTest, SweepsOverEveryArray) {
  const auto runs = ParseGrid(kGrid, "grid.toml");
  ASSERT_TRUE(runs.ok()) << runs.status();
  EXPECT_EQ(runs->size(), 7u);
  EXPECT_EQ(std::count_if(runs->begin(), runs->end(),
                          [](const GridRun& run) { return run.tier == "easy"; }),
            6);
  for (const GridRun& run : *runs) {
    EXPECT_EQ(run.spec.modulus, 23);
    EXPECT_EQ(run.spec.seed, run.spec.split_seed);
  }
}

TEST(RunGridTest, NamesTheLineOfAProblem) {
  const auto message = [](std::string_view text) {
    return std::string(ParseGrid(text, "grid.toml").status().message());
  };
  EXPECT_THAT(message("[[grid]]\nmodulus = [23, 1]\n"), HasSubstr("grid.toml:2"));
  EXPECT_THAT(message("[[grid]]\n\nflavour = 1\n"), HasSubstr("grid.toml:3"));
  EXPECT_THAT(message("x ="), HasSubstr("grid.toml:1"));
  EXPECT_THAT(message("[defaults]\n"), HasSubstr("no [[grid]]"));
}

TEST(RunGridTest, ShippedGridIsWhatTheRecordedRunsNeed) {
  std::ifstream file(std::string(POWERDOWN_SOURCE_DIR) + "/deploy/recorded/GRID.toml");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto runs = ParseGrid(text, "GRID.toml");
  ASSERT_TRUE(runs.ok()) << runs.status();
  std::set<std::string> tasks, models, tiers;
  for (const GridRun& run : *runs) {
    tasks.insert(run.spec.task);
    models.insert(run.spec.model);
    tiers.insert(run.tier);
  }
  EXPECT_GE(runs->size(), 300u);
  EXPECT_TRUE(tasks.contains("random-labels"));
  EXPECT_GE(tasks.size(), 10u);
  EXPECT_EQ(models.size(), 3u);
  EXPECT_EQ(tiers.count(""), 0u);
}

}  // namespace
}  // namespace powerdown
