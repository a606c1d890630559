// That a simulation is decided by its seed alone, and that each promise can be seen broken.
#include "tests/support/simulation/simulation.h"

#include <gtest/gtest.h>

#include <string>

namespace powerdown {
namespace {

SimulationResult SimulateSeed(uint64_t seed, double days, Mutation mutation = Mutation::kNone) {
  SimulationOptions options;
  options.seed = seed;
  options.time = absl::Hours(24) * days;
  options.mutation = mutation;
  return Simulate(options);
}

TEST(SimulationTest, ASeedDecidesEverything) {
  const SimulationResult first = SimulateSeed(7, 2);
  const SimulationResult second = SimulateSeed(7, 2);
  EXPECT_EQ(first.violation, "");
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.steps, second.steps);
  EXPECT_NE(first.hash, SimulateSeed(8, 2).hash);
  // Which would be seen if it were otherwise.
  EXPECT_NE(SimulateSeed(7, 2, Mutation::kOwnWill).hash,
            SimulateSeed(7, 2, Mutation::kOwnWill).hash);
}

TEST(SimulationTest, MuchHappens) {
  const SimulationResult result = SimulateSeed(3, 10);
  EXPECT_EQ(result.violation, "");
  EXPECT_GE(result.time, absl::Hours(240));
  EXPECT_GT(result.requests, 100);
  EXPECT_GT(result.updates, 500);
  EXPECT_GT(result.delivered, 100);
  EXPECT_GT(result.ends, 10);
  EXPECT_GT(result.crashes, result.power_cuts);
  EXPECT_GT(result.power_cuts, 0);
  EXPECT_GT(result.unclean_commits, 0);
}

struct BrokenPromise {
  Mutation mutation;
  const char* promise;  // how the violation begins
};
std::string NameOf(const ::testing::TestParamInfo<BrokenPromise>& info) {
  return "Mutation" + std::to_string(static_cast<int>(info.param.mutation));
}

class BrokenPromiseTest : public ::testing::TestWithParam<BrokenPromise> {};

// By one of a few seeds: a lie can also show in another way first.
TEST_P(BrokenPromiseTest, IsSeen) {
  constexpr uint64_t kSeeds = 12;
  std::string seen;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::string violation = SimulateSeed(seed, 10, GetParam().mutation).violation;
    if (!violation.empty() && violation.rfind(GetParam().promise, 0) == 0) return;
    seen += violation + "\n";
  }
  FAIL() << "no seed saw \"" << GetParam().promise << "\", but:\n" << seen;
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenPromiseTest,
    ::testing::Values(BrokenPromise{Mutation::kLyingDisk, "durable before visible"},
                      BrokenPromise{Mutation::kRevivedRun, "one end"},
                      BrokenPromise{Mutation::kLostEnergy, "energy"},
                      BrokenPromise{Mutation::kOverlap, "intervals do not overlap"},
                      BrokenPromise{Mutation::kGenerousBudget, "budgets"},
                      BrokenPromise{Mutation::kOneRunTooMany, "at most"},
                      BrokenPromise{Mutation::kLostAnswers, "request ids"},
                      BrokenPromise{Mutation::kForgottenAsk, "asked to end"},
                      BrokenPromise{Mutation::kBitRot, ""},
                      BrokenPromise{Mutation::kEndlessPatience, "bounded waits"},
                      BrokenPromise{Mutation::kTwoWorkers, "one worker"},
                      BrokenPromise{Mutation::kSwappedUpdates, "reliable, resumable"},
                      BrokenPromise{Mutation::kRepeatedUpdate, "ordered, unique"},
                      BrokenPromise{Mutation::kDroppedUpdate, "reliable, resumable"},
                      BrokenPromise{Mutation::kHalfMessage, "bookmarkable"},
                      BrokenPromise{Mutation::kEarlyBookmark, "bookmarkable"},
                      BrokenPromise{Mutation::kLateResume, "reliable, resumable"},
                      BrokenPromise{Mutation::kAlteredUpdate, "atomic"}),
    NameOf);

}  // namespace
}  // namespace powerdown
