#include "common/base/toml_bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/base/config_text.h"
#include "common/run/run_spec.h"
#include "common/study/run_grid.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

std::string Repeated(const std::string& text, int times) {
  std::string repeated;
  for (int i = 0; i < times; ++i) repeated += text;
  return repeated;
}

// Each of these ended the process when toml++ took its tables down.
TEST(TomlBoundsTest, NestedTablesAreRefusedByEveryReader) {
  const std::string dotted = Repeated("a.", 200000) + "a = 1\n";
  const std::string header = "x = 1\n[" + Repeated("a.", 200000) + "a]\n";
  const std::string arrays = "\n\n[[" + Repeated("a.", 200000) + "a]]\n";
  for (const std::string& toml : {dotted, header, arrays}) {
    EXPECT_FALSE(ParseConfigToml(toml, "f").ok());
    EXPECT_FALSE(SpecFromToml(toml, "f").ok());
    EXPECT_FALSE(ParseGrid(toml, "f").ok());
  }
  EXPECT_EQ(CheckToml(arrays, "f").message(), "f:3: nested deeper than 16 levels");
  EXPECT_FALSE(CheckToml("a = " + Repeated("[", 17), "f").ok());
  EXPECT_FALSE(CheckToml("a = " + Repeated("{a=", 17), "f").ok());
}

TEST(TomlBoundsTest, DotsAndBracketsInTextAreFree) {
  const std::string dots = Repeated(".[{", 100);
  EXPECT_TRUE(CheckToml("a = \"\\\"" + dots + "\" # " + dots + "\nb = '" + dots + "'\n", "f").ok());
  EXPECT_TRUE(CheckToml("a = \"\"\"\n" + dots + "\n\"\"\"\nb = '''" + dots + "'''\n", "f").ok());
  EXPECT_TRUE(CheckToml("a = [" + Repeated("1.5, ", 100) + "]\n", "f").ok());
  EXPECT_TRUE(CheckToml("[a.b]\nc.d = 1\n[[e]]\n", "f").ok());
}

TEST(TomlBoundsTest, ALongFileIsRefused) {
  EXPECT_TRUE(CheckToml(std::string(kMostTomlBytes, '\n'), "f").ok());
  EXPECT_THAT(std::string(CheckToml(std::string(kMostTomlBytes + 1, '\n'), "f").message()),
              HasSubstr("allowed: up to"));
}

}  // namespace
}  // namespace powerdown
