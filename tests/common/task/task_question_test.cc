#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/run/run_spec.h"
#include "common/task/task.h"
#include "tests/common/task/made_task.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string QuestionProblem(const TaskTable& table, std::string_view text) {
  return std::string(ParseQuestion(table, text).status().message());
}

TEST(TaskQuestionTest, ReadsTheWaysPeopleType) {
  const TaskTable table = Table("addition");
  for (const char* text : {"17 + 44", "17+44", "17,44", " 17 , 44 ", "17 44"}) {
    const auto symbols = ParseQuestion(table, text);
    ASSERT_TRUE(symbols.ok()) << symbols.status();
    EXPECT_THAT(*symbols, ElementsAre(17, 44));
  }
}

TEST(TaskQuestionTest, TextReadsBack) {
  for (const NamedTask& named : NamedTasks()) {
    const TaskTable table = Table(std::string(named.name));
    const int32_t* last = &table.questions[(table.size() - 1) * table.operands];
    const auto symbols = ParseQuestion(table, QuestionText(table, last));
    ASSERT_TRUE(symbols.ok()) << symbols.status();
    EXPECT_EQ(*symbols, std::vector<int32_t>(last, last + table.operands)) << named.name;
  }
}

TEST(TaskQuestionTest, IsWrittenInTheTasksNotation) {
  const int32_t symbols[] = {17, 44};
  EXPECT_EQ(QuestionText(Table("addition"), symbols), "17 + 44");
  EXPECT_EQ(QuestionText(Table("s5"), symbols), "17 o 44");
  EXPECT_EQ(QuestionText(Table("x2+y2"), symbols), "17, 44");
}

TEST(TaskQuestionTest, DrawsHeldOutRowsOnceEachAndTheSameForASeed) {
  RunSpec spec;
  const TaskTable table = *MakeTask(spec);
  const Split split = MakeSplit(table, spec);
  const std::vector<int32_t> drawn = DrawHeldOut(split, 200, 7);
  EXPECT_EQ(drawn, DrawHeldOut(split, 200, 7));
  EXPECT_NE(drawn, DrawHeldOut(split, 200, 8));
  const std::set<int32_t> once(drawn.begin(), drawn.end());
  EXPECT_EQ(once.size(), 200u);
  EXPECT_TRUE(
      std::includes(split.validation.begin(), split.validation.end(), once.begin(), once.end()));
  EXPECT_EQ(DrawHeldOut(split, 1'000'000, 7), split.validation);
}

TEST(TaskQuestionTest, ProblemsAreNamed) {
  const TaskTable table = Table("addition");
  EXPECT_EQ(QuestionProblem(table, "77 + 1"), "question: 77 is out of range; allowed: 0 to 58");
  EXPECT_EQ(QuestionProblem(table, "-1 + 1"), "question: -1 is out of range; allowed: 0 to 58");
  EXPECT_EQ(QuestionProblem(table, "a + 1"),
            "question: \"a\" is not a whole number; allowed: 0 to 58");
  EXPECT_EQ(QuestionProblem(table, "1 + 2 + 3"),
            "question: \"1 + 2 + 3\" has 3 operands; allowed: 2, such as \"0 + 0\"");
  EXPECT_THAT(QuestionProblem(table, ""), HasSubstr("has 0 operands"));
  EXPECT_THAT(QuestionProblem(Table("division"), "5 / 0"),
              HasSubstr("is not a question of x / y (mod 59)"));
}

}  // namespace
}  // namespace powerdown
