#include "client/cli/commands/report.h"

#include <gtest/gtest.h>

#include "tests/client/cli/parsed_options.h"

namespace powerdown {
namespace {

TEST(ReportTest, TakesAFilter) {
  EXPECT_EQ(ParsedBy(ReadReport, {"report"}).filter, "");
  EXPECT_EQ(ParsedBy(ReadReport, {"report", "tag = \"a\""}).filter, "tag = \"a\"");
}

}  // namespace
}  // namespace powerdown
