#include "common/platform/find_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(FindProgramTest, FindsAProgramAsAShellDoes) {
  TemporaryFolder folder;
  const std::string program = folder.path() + "/train";
  std::ofstream(program) << "#!/bin/sh\n";
  const std::vector<std::string> environment = {"PATH=/nowhere:" + folder.path()};
  EXPECT_THAT(std::string(FindProgram("train", environment, "/").status().message()),
              HasSubstr("no program \"train\" in PATH (/nowhere:"));
  chmod(program.c_str(), 0700);
  EXPECT_EQ(*FindProgram("train", environment, "/"), program);
  EXPECT_EQ(*FindProgram("./train", environment, folder.path()), folder.path() + "/./train");
  EXPECT_EQ(*FindProgram("train", {"PATH="}, folder.path()), program);
  EXPECT_FALSE(FindProgram(folder.path(), environment, "/").ok());  // a folder
}

TEST(FindProgramTest, SaysWhyAFolderCannotBeEntered) {
  TemporaryFolder folder;
  EXPECT_TRUE(CheckFolder(folder.path()).ok());
  EXPECT_THAT(std::string(CheckFolder(folder.path() + "/none").message()),
              HasSubstr("cannot enter"));
  std::ofstream(folder.path() + "/file") << "x";
  EXPECT_THAT(std::string(CheckFolder(folder.path() + "/file").message()), HasSubstr("no folder"));
}

}  // namespace
}  // namespace powerdown
