#include "server/run/worker_memory.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

constexpr int64_t kGiB = int64_t{1} << 30;

TEST(WorkerMemoryTest, GrowsWithTheSpecAndTheFactor) {
  RunSpec spec;
  spec.device = "cpu";
  const int64_t small = WorkerMemoryLimit(spec, 2);
  EXPECT_GT(small, kGiB);
  EXPECT_LT(small, 2 * kGiB);
  EXPECT_GT(WorkerMemoryLimit(spec, 4), small);
  spec.modulus = 397;
  EXPECT_GT(WorkerMemoryLimit(spec, 2), small + kGiB);
}

TEST(WorkerMemoryTest, LeavesRoomForAGpusDriver) {
  EXPECT_GT(WorkerMemoryLimit(RunSpec(), 2), 8 * kGiB);
}

TEST(WorkerMemoryTest, ThereIsNoLimitWhereNoneIsWantedOrKnown) {
  RunSpec spec;
  EXPECT_EQ(WorkerMemoryLimit(spec, 0), 0);
  spec.task = "no such task";
  EXPECT_EQ(WorkerMemoryLimit(spec, 2), 0);
}

}  // namespace
}  // namespace powerdown
