#include "common/base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace powerdown {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1'700'000'000'000);

TEST(IdsTest, AreUlidsInLowerCase) {
  IdGenerator ids(1);
  const std::string id = ids.Next(kNow);
  EXPECT_EQ(id.size(), 26u);
  EXPECT_EQ(id.substr(0, 10), "01hf7yat00");  // as the ULID specification spells that millisecond
  EXPECT_TRUE(IsIdPrefix(id));
}

TEST(IdsTest, AscendWithinAMillisecondAndWhenTheClockIsSetBack) {
  IdGenerator ids(1);
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.Next(i < 500 ? kNow : kNow - absl::Hours(1));
    ASSERT_LT(last, id);
    last = id;
  }
  EXPECT_LT(last, ids.Next(kNow + absl::Milliseconds(1)));
}

TEST(IdsTest, DifferBetweenBoxes) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) seen.insert(IdGenerator(seed).Next(kNow));
  EXPECT_EQ(seen.size(), 100u);
}

TEST(IdsTest, PrefixIsOfTheAlphabet) {
  EXPECT_TRUE(IsIdPrefix("01hf"));
  EXPECT_FALSE(IsIdPrefix(""));
  EXPECT_FALSE(IsIdPrefix("01HF"));
  EXPECT_FALSE(IsIdPrefix("01hl"));
  EXPECT_FALSE(IsIdPrefix(std::string(27, '0')));
}

}  // namespace
}  // namespace powerdown
