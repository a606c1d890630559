#include "common/task/task_structure.h"

#include <gtest/gtest.h>

#include "common/run/run_spec.h"

namespace powerdown {
namespace {

TaskStructure Of(const std::string& task) {
  RunSpec spec;
  spec.task = task;
  spec.modulus = 23;
  const auto table = MakeTask(spec);
  EXPECT_TRUE(table.ok()) << table.status();
  return StructureOf(*table);
}

TEST(TaskStructureTest, EveryQuadrangleOfAGroupCloses) {
  EXPECT_DOUBLE_EQ(Of("addition").closed, 1);
  EXPECT_DOUBLE_EQ(Of("division").closed, 1);
  EXPECT_DOUBLE_EQ(Of("s4").closed, 1);
}

// (x + y)² has two roots for most answers; one of them closes the quadrangle.
TEST(TaskStructureTest, QuadranglesCloseBehindAFunctionThatIsNotOneToOne) {
  EXPECT_DOUBLE_EQ(Of("(x + y)^2").closed, 1);
  EXPECT_DOUBLE_EQ(Of("x2+y2").closed, 1);
}

TEST(TaskStructureTest, QuadranglesOfRandomLabelsCloseByChance) {
  EXPECT_LT(Of("random-labels").closed, 0.15);
  EXPECT_LT(Of("x2+xy+y2").closed, 0.5);
}

TEST(TaskStructureTest, TellsWhetherASwappedQuestionIsAnsweredByTheOther) {
  EXPECT_DOUBLE_EQ(Of("addition").swappable, 1);
  EXPECT_DOUBLE_EQ(Of("subtraction").swappable, 1);
  EXPECT_DOUBLE_EQ(Of("division").swappable, 1);
  EXPECT_LT(Of("2*x + 3*y").swappable, 0.2);
  EXPECT_LT(Of("s4").swappable, 0.3);
  EXPECT_LT(Of("random-labels").swappable, 0.3);
}

TEST(TaskStructureTest, CountsDifferentAnswersInARow) {
  EXPECT_DOUBLE_EQ(Of("addition").distinct, 1);
  EXPECT_LT(Of("x2+y2").distinct, 0.6);
}

}  // namespace
}  // namespace powerdown
