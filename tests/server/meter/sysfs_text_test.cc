#include "server/meter/sysfs_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/meter/hwmon_folder.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

TEST(SysfsTextTest, ReadsOneShortLineOrSaysWhyNot) {
  const TemporaryFolder folder;
  WriteSysfs(folder.path(), {{"name", "amdgpu"},
                             {"number", " 42 "},
                             {"below", "-7"},
                             {"word", "many"},
                             {"long", std::string(1000, '1')}});
  const auto path = [&](const char* name) { return folder.path() + "/" + name; };
  EXPECT_EQ(ReadSysfsText(path("name")).value(), "amdgpu");
  EXPECT_EQ(ReadSysfsText(path("long"))->size(), 127u);
  EXPECT_EQ(ReadSysfsNumber(path("number")).value(), 42);
  EXPECT_EQ(ReadSysfsNumber(path("below")).value(), -7);
  EXPECT_TRUE(absl::IsNotFound(ReadSysfsText(path("none")).status()));
  EXPECT_TRUE(absl::IsUnavailable(ReadSysfsText(folder.path()).status()));  // a folder
  for (const char* name : {"word", "long"}) {
    const absl::Status status = ReadSysfsNumber(path(name)).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path(name)));
  }
}

}  // namespace
}  // namespace powerdown
