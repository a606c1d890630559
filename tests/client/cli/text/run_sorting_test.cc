#include "client/cli/text/run_sorting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Sorted(const std::string& field) {
  std::vector<Run> runs(3);
  runs[0].name = "b";
  runs[0].grok_step = 900;
  runs[1].name = "c";
  runs[2].name = "a";
  runs[2].grok_step = 100;
  const absl::Status sorted = SortRuns(field, runs);
  EXPECT_TRUE(sorted.ok()) << sorted;
  std::vector<std::string> names;
  for (const Run& run : runs) names.push_back(run.name);
  return names;
}

TEST(RunSortingTest, SortsEitherWayWithTheUnknownLast) {
  EXPECT_THAT(Sorted("grok_step"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Sorted("-grok_step"), ElementsAre("b", "a", "c"));
  EXPECT_THAT(Sorted("name"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Sorted(""), ElementsAre("b", "c", "a"));
}

TEST(RunSortingTest, NamesTheFieldsThatThereAre) {
  std::vector<powerdown::Run> runs;
  EXPECT_THAT(std::string(SortRuns("grokstep", runs).message()), HasSubstr("grok_step"));
}

}  // namespace
}  // namespace powerdown
