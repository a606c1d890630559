#include "server/meter/gpu_use.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

constexpr char kGpu[] = "gpu-GPU-0";

class GpuUseTest : public ::testing::Test {
 protected:
  UseShares Split(DeviceActivity activity) {
    return users_.Split(consumers_, std::move(activity), absl::Seconds(100));
  }
  DeviceUse Use(DeviceActivity activity) { return Split(std::move(activity)).use; }
  static Consumer Trains(int64_t pid, std::string gpu = kGpu) {
    return {.pid = pid, .uses_gpu = true, .gpu = std::move(gpu), .last_step_at = absl::Seconds(99)};
  }
  // With contexts of these processes.
  static DeviceActivity Held(double busy, std::map<int64_t, double> by_pid,
                             std::vector<int64_t> holders) {
    DeviceActivity activity{busy, std::move(by_pid), !holders.empty()};
    activity.contexts = static_cast<int64_t>(holders.size());
    activity.holders = std::move(holders);
    return activity;
  }

  GpuUsers users_{kGpu};
  Consumers consumers_{{"a", Trains(7)}, {"b", Trains(8)}, {"cpu", {.pid = 9}}};
};

TEST_F(GpuUseTest, TheDriverNamesOurProcesses) {
  const DeviceUse use = Use({0.9, {{7, 0.5}, {55, 0.3}}, true});
  EXPECT_DOUBLE_EQ(use.by_consumer.at("a"), 0.5);
  EXPECT_EQ(use.by_consumer.at("b"), 0);
  EXPECT_DOUBLE_EQ(use.foreign, 0.3);
  EXPECT_EQ(use.by_consumer.count("cpu"), 0u);
}

TEST_F(GpuUseTest, InAContainerTheUseIsSplitAmongTheRunsThatStep) {
  DeviceUse use = Use({0.8, {{4001, 0.8}}, true});
  EXPECT_DOUBLE_EQ(use.by_consumer.at("a"), 0.4);
  EXPECT_DOUBLE_EQ(use.by_consumer.at("b"), 0.4);
  EXPECT_EQ(use.foreign, 0);
  consumers_["b"].last_step_at = absl::Seconds(50);
  const UseShares shares = Split({0.8, {{4001, 0.8}}, true});
  EXPECT_DOUBLE_EQ(shares.use.by_consumer.at("a"), 0.8);
  EXPECT_EQ(shares.use.by_consumer.at("b"), 0);
  EXPECT_EQ(shares.bands.at("a").least, 0);
  EXPECT_EQ(shares.bands.at("b").most, 1);
}

TEST_F(GpuUseTest, OnceNamedAnUnnamedRunIsIdleAndStrangersAreForeign) {
  Use({0.9, {{7, 0.5}}, true});
  const DeviceUse use = Use({0.9, {{4001, 0.9}}, true});
  EXPECT_EQ(use.by_consumer.at("a"), 0);
  EXPECT_DOUBLE_EQ(use.foreign, 0.9);
}

TEST_F(GpuUseTest, WithoutARunOnItAllIsForeign) {
  consumers_ = {{"cpu", {.pid = 9}}};
  const DeviceUse use = Use({0.9, {{4001, 0.9}}, true});
  EXPECT_TRUE(use.by_consumer.empty());
  EXPECT_DOUBLE_EQ(use.foreign, 0.9);
}

TEST_F(GpuUseTest, ARunOnAnotherGpuHasNoPartOfThisOne) {
  consumers_ = {{"a", Trains(7, "gpu-GPU-1")}};
  const UseShares shares = Split(Held(0.9, {{4001, 0.9}}, {4001}));
  EXPECT_TRUE(shares.use.by_consumer.empty());
  EXPECT_TRUE(shares.bands.empty());
}

TEST_F(GpuUseTest, TheOnlyContextHasWhatIsUnnamed) {
  consumers_ = {{"a", Trains(7)}};
  for (const std::map<int64_t, double>& named :
       {std::map<int64_t, double>{}, {{4001, 0.6}}, {{4001, 0}}}) {
    users_ = GpuUsers(kGpu);
    const UseShares shares = Split(Held(0.8, named, {4001}));
    EXPECT_GT(shares.use.by_consumer.at("a"), 0);
    EXPECT_EQ(shares.use.foreign, 0);
    EXPECT_TRUE(shares.bands.empty());
  }
}

// The driver of a container says the host's ids: who came after the launch is the run.
TEST_F(GpuUseTest, WhoCameAfterTheLaunchIsTheRunAndWhoWasThereIsNot) {
  consumers_.clear();
  Split(Held(0.3, {{4001, 0.3}}, {4001}));
  consumers_ = {{"a", {.pid = 7, .wants_gpu = true}}};
  EXPECT_TRUE(Use(Held(0.3, {{4001, 0.3}}, {4001})).by_consumer.empty());
  // It has opened the GPU and not said so yet.
  const UseShares early = Split(Held(0.3, {{4001, 0.3}}, {4001, 4002}));
  EXPECT_TRUE(early.bands.at("a").is_maybe);
  consumers_["a"] = Trains(7);
  const UseShares shares = Split(Held(0.9, {{4001, 0.3}, {4002, 0.6}}, {4001, 4002}));
  EXPECT_DOUBLE_EQ(shares.use.by_consumer.at("a"), 0.6);
  EXPECT_DOUBLE_EQ(shares.use.foreign, 0.3);
  EXPECT_GT(shares.bands.at("a").least, 0.4);
  EXPECT_LT(shares.bands.at("a").most, 0.85);
}

TEST_F(GpuUseTest, AStrangerWhoComesWithTheRunLeavesItsShareOpenUntilHeGoes) {
  consumers_ = {{"a", Trains(7)}};
  const UseShares both = Split(Held(0.9, {{4001, 0.3}, {4002, 0.6}}, {4001, 4002}));
  EXPECT_EQ(both.bands.at("a").least, 0);
  EXPECT_EQ(both.bands.at("a").most, 1);
  const UseShares alone = Split(Held(0.6, {{4002, 0.6}}, {4002}));
  EXPECT_TRUE(alone.bands.empty());
  EXPECT_DOUBLE_EQ(alone.use.by_consumer.at("a"), 0.6);
}

TEST_F(GpuUseTest, AUseThatIsRoundedToNothingIsInTheBand) {
  consumers_ = {{"a", Trains(7)}};
  const UseShares shares = Split(Held(0.02, {{7, 0}, {55, 0.02}}, {7, 55}));
  EXPECT_EQ(shares.use.by_consumer.at("a"), 0);
  EXPECT_GT(shares.bands.at("a").most, 0.3);
}

TEST_F(GpuUseTest, ThePartsOfABoardTellNoUse) {
  consumers_ = {{"a", Trains(7)}};
  DeviceActivity board = Held(0, {}, {7, 55, 56, 57});
  board.is_partitioned = true;
  board.is_use_known = false;
  const UseShares shares = Split(board);
  EXPECT_DOUBLE_EQ(shares.use.by_consumer.at("a"), 0.25);
  EXPECT_DOUBLE_EQ(shares.use.foreign, 0.75);
  EXPECT_EQ(shares.bands.at("a").least, 0);
  EXPECT_EQ(shares.bands.at("a").most, 1);
}

TEST_F(GpuUseTest, ARunWhoseGpuIsUnknownMayBeOnAny) {
  consumers_ = {{"a", Trains(7, "")}};
  const UseShares shares = Split({0.9, {{4001, 0.9}}, true});
  EXPECT_TRUE(shares.bands.at("a").is_maybe);
  EXPECT_EQ(shares.use.by_consumer.at("a"), 0);
  Split(Held(0.9, {{7, 0.9}}, {7}));
  EXPECT_EQ(consumers_.at("a").gpu, kGpu);  // its process is on it
}

TEST_F(GpuUseTest, ATreeHasWhatAnyOfItsProcessesHas) {
  consumers_ = {{"tree", {.pid = 7, .leads_tree = true, .members = {7, 71, 72}, .wants_gpu = true}},
                {"b", Trains(8)}};
  const UseShares shares = Split({0.9, {{71, 0.3}, {72, 0.2}, {8, 0.1}, {55, 0.3}}, true});
  EXPECT_DOUBLE_EQ(shares.use.by_consumer.at("tree"), 0.5);
  EXPECT_DOUBLE_EQ(shares.use.by_consumer.at("b"), 0.1);
  EXPECT_DOUBLE_EQ(shares.use.foreign, 0.3);
}

TEST_F(GpuUseTest, SeveralContextsOfOneTreeAreNobodyElses) {
  consumers_ = {
      {"tree", {.pid = 7, .leads_tree = true, .members = {7, 71, 72}, .wants_gpu = true}}};
  EXPECT_DOUBLE_EQ(Use(Held(0.9, {{71, 0.2}}, {71, 72})).by_consumer.at("tree"), 0.2);
  EXPECT_EQ(Use(Held(0.9, {{71, 0.2}}, {71, 72})).foreign, 0);
  EXPECT_GT(Use(Held(0.9, {{71, 0.2}, {55, 0.4}}, {71, 72, 55})).foreign, 0);
}

}  // namespace
}  // namespace powerdown
