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

}  // namespace
}  // namespace powerdown
