#include "client/cli/config.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(ConfigTest, KeysAreSetTakenAwayAndRead) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/powerdown/cli.toml";
  EXPECT_TRUE(ReadConfig(path)->empty());
  ASSERT_TRUE(SetConfig(path, "server", "unix:/a \"b\\c").ok());
  ASSERT_TRUE(SetConfig(path, "output", "json").ok());
  EXPECT_EQ(ReadConfig(path)->at("server"), "unix:/a \"b\\c");
  ASSERT_TRUE(SetConfig(path, "server", "").ok());
  EXPECT_EQ(ReadConfig(path)->count("server"), 0u);
  EXPECT_EQ(ReadConfig(path)->at("output"), "json");
}

TEST(ConfigTest, WhatIsNotKnownIsRefusedWithWhatIs) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/cli.toml";
  EXPECT_THAT(SetConfig(path, "sever", "box").message(), HasSubstr("did you mean \"server\"?"));
  EXPECT_THAT(SetConfig(path, "output", "xml").message(), HasSubstr("table, json, jsonl, csv"));
  std::ofstream(path) << "color = \"blue\"\n";
  EXPECT_THAT(ReadConfig(path).status().message(), HasSubstr(path));
}

}  // namespace
}  // namespace powerdown
