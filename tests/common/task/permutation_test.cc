#include "common/task/permutation.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

TEST(SymmetricGroupTest, OrdersAreFactorials) {
  EXPECT_EQ(SymmetricGroup(3).order(), 6);
  EXPECT_EQ(SymmetricGroup(4).order(), 24);
  EXPECT_EQ(SymmetricGroup(5).order(), 120);
}

TEST(SymmetricGroupTest, ComposesRightToLeft) {
  // Lexicographic: 1 is (0 2 1), 2 is (1 0 2). c[k] = a[b[k]] gives a∘b = (1 2 0), number 3.
  const SymmetricGroup group(3);
  EXPECT_EQ(group.Compose(2, 1), 3);
  EXPECT_EQ(group.Compose(1, 2), 4);
}

TEST(SymmetricGroupTest, IsAGroup) {
  const SymmetricGroup group(4);
  for (int32_t a = 0; a < group.order(); ++a) {
    ASSERT_EQ(group.Compose(a, 0), a);
    ASSERT_EQ(group.Compose(a, group.Inverse(a)), 0);
    const int32_t b = (a * 7 + 3) % group.order();
    const int32_t c = (a * 5 + 1) % group.order();
    ASSERT_EQ(group.Compose(group.Compose(a, b), c), group.Compose(a, group.Compose(b, c)));
  }
}

}  // namespace
}  // namespace powerdown
