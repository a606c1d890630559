#include "common/platform/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace powerdown {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(EnvironmentTest, OnlyListedVariablesAreSeen) {
  setenv("CUDA_VISIBLE_DEVICES", "1", 1);
  setenv("PATHOLOGICAL", "x", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  setenv("POWERDOWN_NOTIFY_URL", "https://hooks/secret", 1);
  setenv("LD_PRELOAD_OF_OURS", "x", 1);
  const auto worker = ListedEnvironment(kWorkerVariables);
  EXPECT_THAT(worker, Contains("CUDA_VISIBLE_DEVICES=1"));
  for (const char* hidden : {"PATHOLOGICAL=x", "AWS_SECRET_ACCESS_KEY=secret",
                             "POWERDOWN_NOTIFY_URL=https://hooks/secret", "LD_PRELOAD_OF_OURS=x"}) {
    EXPECT_THAT(worker, Not(Contains(hidden)));
    EXPECT_THAT(ListedEnvironment(kNoticeVariables), Not(Contains(hidden)));
  }
  EXPECT_THAT(ListedEnvironment(kNoticeVariables), Not(Contains("CUDA_VISIBLE_DEVICES=1")));
}

}  // namespace
}  // namespace powerdown
