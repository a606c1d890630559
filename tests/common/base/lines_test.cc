#include "common/base/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace powerdown {
namespace {

using ::testing::ElementsAre;

TEST(LinesTest, EmptyLinesArePassedOverAndTheLastNeedsNoEnd) {
  std::vector<std::string> lines;
  const absl::Status status = ForEachLine("a\n\nb c\nd", "file", [&](std::string_view line) {
    lines.emplace_back(line);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(lines, ElementsAre("a", "b c", "d"));
}

TEST(LinesTest, FirstErrorEndsItAndNamesTheLine) {
  int calls = 0;
  const absl::Status status = ForEachLine("a\n\nb\nc\n", "file", [&](std::string_view line) {
    ++calls;
    return line == "b" ? absl::NotFoundError("unknown") : absl::OkStatus();
  });
  EXPECT_EQ(status, absl::InvalidArgumentError("file:3: unknown"));
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace powerdown
