#include "server/meter/device_use.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

HostActivity::Use Box(double busy, std::map<int64_t, HostActivity::Process> processes) {
  return {absl::Seconds(busy), std::move(processes), 4};
}

TEST(CpuUseTest, SharesOfAllCoresAndTheRestIsForeign) {
  Consumers consumers{{"a", {.pid = 7}}, {"b", {.pid = 8}}};
  const auto before = Box(100, {{7, {absl::Seconds(10), {}}}, {8, {absl::Seconds(20), {}}}});
  const auto now = Box(108, {{7, {absl::Seconds(12), {}}}, {8, {absl::Seconds(21), {}}}});
  NoteProcessStarts(before, consumers);
  const DeviceUse use = CpuUse(consumers, before, now, absl::Seconds(4));
  EXPECT_DOUBLE_EQ(use.by_consumer.at("a"), 2.0 / 16);
  EXPECT_DOUBLE_EQ(use.by_consumer.at("b"), 1.0 / 16);
  EXPECT_DOUBLE_EQ(use.foreign, 5.0 / 16);
}

TEST(CpuUseTest, AProcessThatTookOverAnIdIsForeign) {
  Consumers consumers{{"a", {.pid = 7}}};
  const auto before = Box(100, {{7, {absl::Seconds(10), absl::Seconds(50)}}});
  NoteProcessStarts(before, consumers);
  const auto now = Box(103, {{7, {absl::Seconds(3), absl::Seconds(900)}}});
  NoteProcessStarts(now, consumers);
  const DeviceUse use = CpuUse(consumers, before, now, absl::Seconds(1));
  EXPECT_EQ(use.by_consumer.at("a"), 0);
  EXPECT_DOUBLE_EQ(use.foreign, 0.75);
}

TEST(CpuUseTest, AConsumerThatEndedUsedNothing) {
  Consumers consumers{{"a", {.pid = 7, .process_started = absl::ZeroDuration()}}};
  const DeviceUse use =
      CpuUse(consumers, Box(1, {{7, {absl::Seconds(1), {}}}}), Box(2, {}), absl::Seconds(1));
  EXPECT_EQ(use.by_consumer.at("a"), 0);
  EXPECT_DOUBLE_EQ(use.foreign, 0.25);
}

class GpuUseTest : public ::testing::Test {
 protected:
  DeviceUse Use(const DeviceActivity& activity) {
    return GpuUse(consumers_, activity, absl::Seconds(100), are_visible_);
  }
  Consumers consumers_{{"a", {.pid = 7, .uses_gpu = true, .last_step_at = absl::Seconds(99)}},
                       {"b", {.pid = 8, .uses_gpu = true, .last_step_at = absl::Seconds(99)}},
                       {"cpu", {.pid = 9}}};
  bool are_visible_ = false;
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
  use = Use({0.8, {{4001, 0.8}}, true});
  EXPECT_DOUBLE_EQ(use.by_consumer.at("a"), 0.8);
  EXPECT_EQ(use.by_consumer.at("b"), 0);
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

}  // namespace
}  // namespace powerdown
