#include "server/trainer/batches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace powerdown {
namespace {

using testing::ElementsAreArray;
using testing::Not;
using testing::SizeIs;

std::vector<int64_t> Sorted(std::vector<int64_t> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<int64_t> Pass(BatchOrder& order, int batches) {
  std::vector<int64_t> rows;
  for (int i = 0; i < batches; ++i) {
    for (const int64_t row : order.Next()) rows.push_back(row);
  }
  return rows;
}

TEST(BatchOrderTest, SizeZeroIsTheFullBatch) {
  EXPECT_TRUE(BatchOrder(10, 0, 1).is_full_batch());
  EXPECT_FALSE(BatchOrder(10, 10, 1).is_full_batch());
}

TEST(BatchOrderTest, APassSeesEveryRowOnceAndItsLastBatchIsTheRest) {
  BatchOrder order(10, 4, 7);
  std::vector<int64_t> all(10);
  std::iota(all.begin(), all.end(), 0);
  const std::vector<int64_t> first = order.Next();
  const std::vector<int64_t> second = order.Next();
  const std::vector<int64_t> third = order.Next();
  EXPECT_THAT(third, SizeIs(2));
  std::vector<int64_t> seen = first;
  seen.insert(seen.end(), second.begin(), second.end());
  seen.insert(seen.end(), third.begin(), third.end());
  EXPECT_THAT(Sorted(seen), ElementsAreArray(all));
  EXPECT_THAT(order.Next(), SizeIs(4));
}

TEST(BatchOrderTest, PassesDifferAndTheSeedDecidesThem) {
  BatchOrder order(20, 5, 3);
  BatchOrder same(20, 5, 3);
  BatchOrder other(20, 5, 4);
  const std::vector<int64_t> first = Pass(order, 4);
  EXPECT_EQ(Pass(same, 4), first);
  EXPECT_NE(Pass(other, 4), first);
  EXPECT_NE(Pass(order, 4), first);
}

TEST(BatchOrderTest, GoesOnFromItsStateWhereverItWas) {
  BatchOrder order(11, 3, 5);
  for (int taken = 0; taken < 9; ++taken) {
    BatchOrder restored(11, 3, 99);
    ASSERT_TRUE(restored.Restore(order.State()).ok());
    BatchOrder original(11, 3, 0);
    ASSERT_TRUE(original.Restore(order.State()).ok());
    EXPECT_EQ(Pass(restored, 8), Pass(original, 8)) << taken;
    order.Next();
  }
}

TEST(BatchOrderTest, RefusesAStateThatIsNotOfTheseRows) {
  BatchOrder order(6, 2, 5);
  order.Next();
  const std::string state = order.State();
  const size_t last = state.rfind(' ');
  for (const std::string& damaged :
       {std::string(), state.substr(0, last), state.substr(0, last) + " 6",
        state.substr(0, last) + " -1", state + " 3", state.substr(0, last) + " x"}) {
    BatchOrder restored(6, 2, 5);
    EXPECT_EQ(restored.Restore(damaged).code(), absl::StatusCode::kDataLoss) << damaged;
  }
  BatchOrder larger(7, 2, 5);
  EXPECT_FALSE(larger.Restore(state).ok());
}

}  // namespace
}  // namespace powerdown
