#include "server/runner/reports/warnings.h"

#include <gtest/gtest.h>

#include "common/base/text.h"

namespace powerdown {
namespace {

TEST(WarningsTest, AKindIsToldOnceAndCounted) {
  Warnings warnings;
  for (int i = 0; i < 1234; ++i) warnings.Add("bad lines", "a line is bad: x");
  warnings.Add("columns", "no column is called step");
  EXPECT_EQ(warnings.Take(), "a line is bad: x");
  EXPECT_EQ(warnings.Take(), "no column is called step");
  EXPECT_EQ(warnings.Take(), "");
  warnings.AddCounts();
  EXPECT_EQ(warnings.Take(), "bad lines: 1,234 in all");
  warnings.AddCounts();
  EXPECT_EQ(warnings.Take(), "");
}

TEST(WarningsTest, KindsAreBounded) {
  Warnings warnings;
  for (size_t i = 0; i < 2 * kMostWarnings; ++i) warnings.Add(Concat("kind ", i), "x");
  size_t told = 0;
  while (!warnings.Take().empty()) ++told;
  EXPECT_EQ(told, kMostWarnings);
}

}  // namespace
}  // namespace powerdown
