#include "common/platform/this_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(ThisMachineTest, BootIdStaysTheSame) {
  EXPECT_FALSE(BootId().empty());
  EXPECT_EQ(BootId(), BootId());
}

TEST(ThisMachineTest, TheProcessorHasCores) {
  EXPECT_THAT(ProcessorName(), ::testing::EndsWith(" cores"));
}

}  // namespace
}  // namespace powerdown
