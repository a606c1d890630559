#include "server/trainer/network/library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(LibraryTest, NamesItsVersion) {
  EXPECT_THAT(LibraryName(), testing::MatchesRegex("LibTorch [0-9]+\\.[0-9]+\\.[0-9]+"));
}

TEST(LibraryTest, FindsTheProcessorAndRefusesWhatIsNotHere) {
  EXPECT_EQ(FindDevice("cpu").value(), "cpu");
  EXPECT_TRUE(FindDevice("auto").ok());
  EXPECT_EQ(FindDevice("mps").status().message(),
            "device: mps is not available here; allowed: auto, cpu");
}

TEST(LibraryTest, TheProcessorIsADeviceWithoutACard) {
  EXPECT_EQ(Devices()[0], "cpu");
  EXPECT_EQ(CardNameOf("cpu"), "");
}

}  // namespace
}  // namespace powerdown
