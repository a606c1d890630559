#include "server/trainer/watch_bench.h"

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

TEST(WatchBenchTest, SharesAreOfTheWholeRun) {
  RunSpec spec = EasySpec();
  spec.evaluate_every = 5;
  const absl::StatusOr<std::string> text = BenchWatching(spec, nullptr);
  ASSERT_TRUE(text.ok()) << text.status();
  const nlohmann::json figures = nlohmann::json::parse(*text);
  const double parts = figures["decision_seconds"].get<double>() +
                       figures["feature_seconds"].get<double>() +
                       figures["extra_evaluation_seconds"].get<double>();
  EXPECT_GT(figures["run_seconds"].get<double>(), 0);
  EXPECT_GT(figures["decision_seconds"].get<double>(), 0);
  EXPECT_NEAR(figures["watch_share"].get<double>(), parts / figures["run_seconds"].get<double>(),
              1e-9);
  EXPECT_EQ(figures["evaluations"], 81);
  EXPECT_EQ(figures["extra_evaluations"], 40);  // the plain grid looks every 10 steps so far
}

TEST(WatchBenchTest, RefusesASpecThatCannotBeTrained) {
  RunSpec spec = TinySpec();
  spec.task = "division";
  spec.modulus = 8;
  EXPECT_EQ(BenchWatching(spec, nullptr).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace powerdown
