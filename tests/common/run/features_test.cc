#include "common/run/features.h"

#include <gtest/gtest.h>

#include <set>

namespace powerdown {
namespace {

// Stored rows are read by place: a changed list needs a new schema number.
TEST(FeaturesTest, TheListIsThatOfSchemaOne) {
  EXPECT_EQ(kFeatureSchema, 1);
  EXPECT_EQ(Features().size(), 12u);
  EXPECT_EQ(Features().front().name, "embedding_norm");
  EXPECT_EQ(Features().back().name, "unembedding_rank");
}

TEST(FeaturesTest, EachIsAtItsPlaceWithANameOfItsOwnAndAFormula) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < Features().size(); ++i) {
    EXPECT_EQ(static_cast<size_t>(Features()[i].feature), i);
    EXPECT_FALSE(Features()[i].formula.empty());
    EXPECT_TRUE(names.insert(Features()[i].name).second) << Features()[i].name;
  }
}

}  // namespace
}  // namespace powerdown
