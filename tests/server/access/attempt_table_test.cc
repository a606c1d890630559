#include "server/access/attempt_table.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace powerdown {
namespace {

constexpr AttemptTable::Bound kThree = {3, absl::Seconds(30)};
constexpr AttemptTable::Bound kManyForAll = {1000, absl::Seconds(1)};

int TriesOf(AttemptTable& table, const std::string& key, absl::Duration now) {
  int tries = 0;
  while (tries < 5000 && !table.IsSpent(key, now)) {
    table.Take(key, now);
    ++tries;
  }
  return tries;
}

TEST(AttemptTableTest, WhoTriesTooOftenWaitsAlone) {
  AttemptTable table(kThree, kManyForAll, 100);
  const absl::Duration now = absl::Hours(1);
  EXPECT_EQ(TriesOf(table, "guesser", now), 3);
  EXPECT_EQ(TriesOf(table, "honest", now), 3);
  EXPECT_EQ(TriesOf(table, "guesser", now + absl::Seconds(61)), 2);
}

TEST(AttemptTableTest, AllTogetherAreBoundedToo) {
  AttemptTable table(kThree, {10, absl::Seconds(1)}, 100);
  int tries = 0;
  for (int i = 0; i < 50; ++i) tries += TriesOf(table, absl::StrCat("guesser ", i), absl::Hours(1));
  EXPECT_EQ(tries, 10);
}

TEST(AttemptTableTest, RemembersSoManyAndForgetsTheRested) {
  AttemptTable table(kThree, kManyForAll, 10);
  const absl::Duration now = absl::Hours(1);
  int tries = 0;
  for (int i = 0; i < 100; ++i) tries += TriesOf(table, absl::StrCat("guesser ", i), now);
  EXPECT_EQ(table.size(), 10u);
  EXPECT_EQ(tries, 10 * 3 + 3);  // who is not remembered shares one limit
  EXPECT_EQ(TriesOf(table, "a later one", now + absl::Minutes(5)), 3);
  EXPECT_EQ(table.size(), 1u);
}

}  // namespace
}  // namespace powerdown
