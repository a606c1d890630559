#include "client/cli/terminal/png_file.h"

#include <gtest/gtest.h>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

TEST(PngFileTest, WritesAPngOfTheRightSize) {
  TemporaryFolder folder;
  const std::string file = folder.path() + "/a.png";
  ASSERT_TRUE(WritePng(file, {3, 2, std::vector<uint8_t>(18, 200)}).ok());
  const std::string bytes = FileText(file);
  EXPECT_EQ(bytes.substr(1, 3), "PNG");
  EXPECT_EQ(bytes[19], 3);  // width and height, big-endian, in the first chunk
  EXPECT_EQ(bytes[23], 2);
}

TEST(PngFileTest, WhereItCannotBeWrittenIsSaid) {
  const absl::Status status = WritePng("/nonexistent/a.png", {1, 1, {0, 0, 0}});
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find("/nonexistent/a.png"), std::string::npos);
}

}  // namespace
}  // namespace powerdown
