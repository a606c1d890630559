#include "server/trainer/pack_bench.h"

#include <gtest/gtest.h>

#include "common/base/json.h"
#include "tests/server/trainer/tiny_run.h"

namespace powerdown {
namespace {

TEST(PackBenchTest, RefusesWhatIsNoPack) {
  for (const int64_t members : {int64_t{0}, kMostPackMembers + 1}) {
    const absl::Status refused = BenchPack(TinySpec(), members).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_EQ(BenchPackToStop(TinySpec(), members).status(), refused);
  }
  RunSpec batches = TinySpec();
  batches.batch_size = 5;
  EXPECT_EQ(BenchPack(batches, 2).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(PackBenchTest, FiguresAgreeWithEachOther) {
  const absl::StatusOr<std::string> text = BenchPack(TinySpec(), 3);
  ASSERT_TRUE(text.ok()) << text.status();
  const nlohmann::json figures = nlohmann::json::parse(*text);
  EXPECT_EQ(figures["device"], "cpu");
  EXPECT_EQ(figures["members"], 3);
  const double steps = figures["steps_per_second"];
  EXPECT_NEAR(figures["median_step_ms"].get<double>() * steps, 1000, 1e-6);
  EXPECT_NEAR(figures["seed_steps_per_second"].get<double>(), 3 * steps, 1e-6 * steps);
  EXPECT_GT(figures["gflops"].get<double>(), 0);
}

// As the worker stops them: each at the step of its single run.
TEST(PackBenchTest, EverySeedIsStoppedWhereItsSingleRunIs) {
  constexpr int64_t kMembers = 5;
  RunSpec spec = EasySpec();
  const absl::StatusOr<std::string> text = BenchPackToStop(spec, kMembers);
  ASSERT_TRUE(text.ok()) << text.status();
  const nlohmann::json figures = nlohmann::json::parse(*text);
  int same = 0;
  int64_t last = 0;
  for (int64_t member = 0; member < kMembers; ++member) {
    spec.seed = member;
    TinyRun run(spec);
    run.start().auto_stop = AutoStop::kOn;
    ASSERT_TRUE(run.ToEnd().ok());
    same += figures["stop_steps"][static_cast<size_t>(member)] == run.End().step ? 1 : 0;
    last = std::max(last, figures["stop_steps"][static_cast<size_t>(member)].get<int64_t>());
    EXPECT_GT(figures["grok_steps"][static_cast<size_t>(member)], 0);
  }
  EXPECT_GE(same, kMembers - 1);
  EXPECT_EQ(figures["pack_steps"], last);
  EXPECT_GE(figures["end_monotonic_ns"].get<int64_t>(),
            figures["begin_monotonic_ns"].get<int64_t>());
}

TEST(PackBenchTest, OneThatNeverGroksEndsAtTheStepLimit) {
  RunSpec spec = TinySpec();
  spec.max_steps = 12;
  const nlohmann::json figures = nlohmann::json::parse(BenchPackToStop(spec, 2).value());
  EXPECT_EQ(figures["stop_steps"], (std::vector<int64_t>{-1, -1}));
  EXPECT_EQ(figures["pack_steps"], 12);
}

}  // namespace
}  // namespace powerdown
