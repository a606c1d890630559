#include "server/state_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(StateFolderTest, IsCreatedForItsUserAlone) {
  const TemporaryFolder root;
  const auto folder = StateFolder::Lock(root.path() + "/a/b");
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->path(), root.path() + "/a/b");
  EXPECT_EQ(std::filesystem::status(folder->path()).permissions(),
            std::filesystem::perms::owner_all);
}

TEST(StateFolderTest, SecondHolderIsRefusedAndToldWhoHasIt) {
  const TemporaryFolder root;
  auto first = StateFolder::Lock(root.path());
  ASSERT_TRUE(first.ok());
  const absl::Status second = StateFolder::Lock(root.path()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.message()), HasSubstr("is in use by another powerdownd"));
  EXPECT_THAT(std::string(second.message()), HasSubstr(std::to_string(getpid())));
}

TEST(StateFolderTest, IsFreeAgainWhenItsHolderIsGone) {
  const TemporaryFolder root;
  {
    const auto first = StateFolder::Lock(root.path());
    ASSERT_TRUE(first.ok());
  }
  EXPECT_TRUE(StateFolder::Lock(root.path()).ok());
}

TEST(StateFolderTest, FolderThatCannotBeMadeIsNamed) {
  const TemporaryFolder root;
  std::ofstream(root.path() + "/file") << "no folder";
  const absl::Status status = StateFolder::Lock(root.path() + "/file/state").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr(root.path() + "/file/state"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--state-dir"));
}

}  // namespace
}  // namespace powerdown
