#include "common/platform/program_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

std::string PathOf(const ProgramChannel& channel, const std::string& name) {
  for (const std::string& variable : channel.Variables()) {
    if (variable.starts_with(name + "=")) return variable.substr(name.size() + 1);
  }
  return "";
}

TEST(ProgramChannelTest, IsPrivateAndGoesAway) {
  std::string reports;
  {
    const auto channel = ProgramChannel::Open();
    ASSERT_TRUE(channel.ok()) << channel.status();
    reports = PathOf(**channel, "POWERDOWN_REPORTS");
    EXPECT_EQ(reports, (*channel)->reports_file());
    struct stat folder = {};
    ASSERT_EQ(stat((*channel)->folder().c_str(), &folder), 0);
    EXPECT_EQ(folder.st_mode & 0777, 0700u);
    EXPECT_TRUE(std::filesystem::exists(reports));
    EXPECT_FALSE(std::filesystem::exists(PathOf(**channel, "POWERDOWN_STOP")));
    ASSERT_TRUE((*channel)->AskToStop().ok());
    EXPECT_TRUE(std::filesystem::exists(PathOf(**channel, "POWERDOWN_STOP")));
    ASSERT_TRUE((*channel)->PutEnergy({absl::FromUnixSeconds(990), 5, 4, 7}).ok());
    const std::string energy = FileText(PathOf(**channel, "POWERDOWN_ENERGY"));
    EXPECT_THAT(energy, HasSubstr("\"time\":990.0"));
    EXPECT_THAT(energy, HasSubstr("\"joules\":5.0"));
    EXPECT_THAT(energy, HasSubstr("\"high\":7.0"));
  }
  EXPECT_FALSE(std::filesystem::exists(reports));
}

TEST(ProgramChannelTest, TwoShareOneAndOnlyOneRemovesIt) {
  const auto channel = ProgramChannel::Open();
  const std::string folder = (*channel)->folder();
  {
    const auto joined = ProgramChannel::Join(folder);
    ASSERT_TRUE(joined.ok()) << joined.status();
    EXPECT_FALSE((*joined)->FindEnd());
    ASSERT_TRUE((*channel)->PutEnd({true, 9}).ok());
    const std::optional<ProcessEnd> end = (*joined)->FindEnd();
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->was_killed);
    EXPECT_EQ(end->number, 9);
  }
  EXPECT_TRUE(std::filesystem::exists(folder));
}

TEST(ProgramChannelTest, OnlyAPrivateFolderIsJoined) {
  TemporaryFolder folder;
  EXPECT_TRUE(ProgramChannel::Join(folder.path()).ok());
  ASSERT_EQ(symlink(folder.path().c_str(), (folder.path() + "/link").c_str()), 0);
  EXPECT_FALSE(ProgramChannel::Join(folder.path() + "/link").ok());
  chmod(folder.path().c_str(), 0755);
  EXPECT_FALSE(ProgramChannel::Join(folder.path()).ok());
  EXPECT_FALSE(ProgramChannel::Join(folder.path() + "/none").ok());
}

}  // namespace
}  // namespace powerdown
