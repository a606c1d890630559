#include "client/cli/files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

TEST(FilesTest, ReadsWhatWasWritten) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/a";
  ASSERT_TRUE(WriteFile(path, std::string("x\0y", 3)).ok());
  ASSERT_TRUE(WriteFile(path, "longer than before").ok());
  EXPECT_EQ(*ReadFile(path), "longer than before");
  EXPECT_FALSE(std::filesystem::exists(path + ".part"));
}

TEST(FilesTest, NamesWhatIsMissing) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile("/no/such/file").status()));
  EXPECT_TRUE(absl::IsUnavailable(WriteFile("/no/such/folder/file", "x")));
}

}  // namespace
}  // namespace powerdown
