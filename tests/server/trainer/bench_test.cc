#include "server/trainer/bench.h"

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

TEST(BenchTest, RefusesASpecThatCannotBeTrained) {
  RunSpec spec = TinySpec();
  spec.task = "division";
  spec.modulus = 8;
  EXPECT_EQ(BenchSpec(spec, EngineKind::kFastest).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(BenchTest, FiguresAgreeWithEachOther) {
  const absl::StatusOr<std::string> text = BenchSpec(TinySpec(), EngineKind::kPlain);
  ASSERT_TRUE(text.ok()) << text.status();
  const nlohmann::json figures = nlohmann::json::parse(*text);
  const double milliseconds = figures["median_step_ms"];
  EXPECT_GT(milliseconds, 0);
  EXPECT_NEAR(figures["steps_per_second"].get<double>() * milliseconds, 1000, 1e-6);
  EXPECT_GT(figures["gflops"].get<double>(), 0);
  EXPECT_GT(figures["peak_gflops_share"].get<double>(), 0);
  EXPECT_LT(figures["peak_gflops_share"].get<double>(), 1);
}

}  // namespace
}  // namespace powerdown
