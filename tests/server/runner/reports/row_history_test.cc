#include "server/runner/reports/row_history.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::vector<LogCell> Row(std::string_view step, std::string_view loss) {
  return {{"step", step}, {"loss", loss}};
}

TEST(RowHistoryTest, RowsThatComeAgainAfterARestartAreNotNew) {
  RowHistory history;
  EXPECT_TRUE(history.IsNew(Row("1", "3")));
  EXPECT_TRUE(history.IsNew(Row("2", "2")));
  EXPECT_TRUE(history.IsNew(Row("2", "2")));  // without a restart every row counts
  history.Restart();
  EXPECT_FALSE(history.IsNew({{"loss", "3"}, {"step", "1"}}));  // in another order
  EXPECT_FALSE(history.IsNew(Row("2", "2")));
  EXPECT_TRUE(history.IsNew(Row("3", "1")));
  EXPECT_TRUE(history.IsNew(Row("2", "2")));
}

TEST(RowHistoryTest, FromTheFirstRowThatDiffersOnAllAreNew) {
  RowHistory history;
  history.Restart();  // with nothing to repeat
  EXPECT_TRUE(history.IsNew(Row("1", "3")));
  EXPECT_TRUE(history.IsNew(Row("2", "2")));
  history.Restart();
  EXPECT_TRUE(history.IsNew(Row("1", "2")));
  EXPECT_TRUE(history.IsNew(Row("2", "2")));
  history.Restart();
  EXPECT_FALSE(history.IsNew(Row("1", "2")));
}

TEST(RowHistoryTest, RowsBeyondTheBoundAreNew) {
  RowHistory history;
  const std::vector<LogCell> row = Row("1", "1");
  for (size_t i = 0; i <= kMostKnownRows; ++i) EXPECT_TRUE(history.IsNew(row));
  history.Restart();
  for (size_t i = 0; i < kMostKnownRows; ++i) EXPECT_FALSE(history.IsNew(row));
  EXPECT_TRUE(history.IsNew(row));
}

}  // namespace
}  // namespace powerdown
