#include "common/platform/shipped.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/platform/files.h"

namespace powerdown {
namespace {

TEST(ShippedTest, TheBuildTreeHasWhatIsInstalled) {
  EXPECT_EQ(ProgramFolder(), std::filesystem::canonical(POWERDOWN_BINARY_DIR));
  EXPECT_TRUE(std::filesystem::is_directory(RecordedFolder()));
  EXPECT_TRUE(ReadFile(ShippedWeightsFile()).ok());
}

}  // namespace
}  // namespace powerdown
