#include "common/base/config_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace powerdown {
namespace {

using Settings = std::map<std::string, std::string>;
using ::testing::HasSubstr;

TEST(ConfigTextTest, ValuesBecomeTheirText) {
  const auto settings =
      ParseConfigToml("a = \"two words\"\nb = 7\nc = 0.1\nd = true\n[e]\nf = -1\n", "p.toml");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->at("a"), "two words");
  EXPECT_EQ(settings->at("b"), "7");
  EXPECT_EQ(std::stod(settings->at("c")), 0.1);
  EXPECT_EQ(settings->at("d"), "true");
  EXPECT_EQ(settings->at("e.f"), "-1");
}

TEST(ConfigTextTest, EmptyTextHasNoSettings) {
  EXPECT_EQ(*ParseConfigToml("", "p"), Settings());
}

TEST(ConfigTextTest, ErrorsNameFileAndLine) {
  const absl::Status syntax = ParseConfigToml("a = 1\nb = \n", "p.toml").status();
  EXPECT_EQ(syntax.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(syntax.message()), HasSubstr("p.toml:2"));
  const absl::Status list = ParseConfigToml("a = [1]\n", "p.toml").status();
  EXPECT_THAT(std::string(list.message()), HasSubstr("p.toml:1: a must be"));
}

}  // namespace
}  // namespace powerdown
