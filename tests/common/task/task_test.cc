#include "common/task/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/run/run_spec.h"
#include "tests/common/task/made_task.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

int64_t Answer(const TaskTable& table, std::vector<int32_t> symbols) {
  const auto row = FindQuestion(table, symbols.data());
  return row ? table.answers[*row] : -1;
}

std::string TaskProblem(const std::string& task, int64_t modulus = 59) {
  RunSpec spec;
  spec.task = task;
  spec.modulus = modulus;
  return std::string(MakeTask(spec).status().message());
}

TEST(TaskTest, EveryNamedTaskIsAWholeTable) {
  for (const NamedTask& named : NamedTasks()) {
    const TaskTable table = Table(std::string(named.name));
    ASSERT_GT(table.size(), 0) << named.name;
    ASSERT_EQ(static_cast<int64_t>(table.questions.size()), table.size() * table.operands);
    ASSERT_FALSE(table.notation.empty() || table.separator.empty());
    for (int32_t symbol : table.questions) ASSERT_TRUE(symbol >= 0 && symbol < table.symbols);
    for (int32_t answer : table.answers) ASSERT_TRUE(answer >= 0 && answer < table.classes);
  }
}

TEST(TaskTest, ArithmeticIsModuloP) {
  EXPECT_EQ(Answer(Table("addition"), {40, 30}), 11);
  EXPECT_EQ(Answer(Table("subtraction"), {3, 5}), 57);
  EXPECT_EQ(Answer(Table("multiplication"), {8, 9}), 13);
  EXPECT_EQ(Answer(Table("x2+y2"), {5, 6}), 61 - 59);
  EXPECT_EQ(Answer(Table("x3+xy2+y"), {2, 3}), 8 + 18 + 3);
  EXPECT_EQ(Answer(Table("x2+xy+y2+x"), {2, 3}), 4 + 6 + 9 + 2);
}

TEST(TaskTest, DivisionIsByTheModularInverse) {
  const TaskTable table = Table("division");
  EXPECT_EQ(table.size(), 59 * 58);
  EXPECT_EQ(Answer(table, {7, 0}), -1);
  for (int64_t row = 0; row < table.size(); ++row) {
    ASSERT_EQ(int64_t{table.answers[row]} * table.questions[2 * row + 1] % 59,
              table.questions[2 * row]);
  }
}

TEST(TaskTest, MixedDivisionDependsOnTheParityOfY) {
  const TaskTable table = Table("mixed-division");
  EXPECT_EQ(table.size(), 59 * 58);
  EXPECT_EQ(Answer(table, {6, 3}), 2);
  EXPECT_EQ(Answer(table, {6, 4}), 2);
  EXPECT_EQ(Answer(table, {1, 4}), 56);
}

TEST(TaskTest, DivisionNeedsAPrime) {
  EXPECT_EQ(TaskProblem("division", 60),
            "modulus: 60 is not prime; allowed for \"division\": a prime, such as 59 or 61");
  EXPECT_THAT(TaskProblem("x/2 + y", 100), StartsWith("modulus: 100 is not prime"));
  EXPECT_THAT(TaskProblem("mixed-division", 4), StartsWith("modulus: 4 is not prime"));
  EXPECT_EQ(Table("addition", 60).size(), 3600);
}

TEST(TaskTest, GroupTasksIgnoreTheModulus) {
  const TaskTable s5 = Table("s5");
  EXPECT_EQ(s5.symbols, 120);
  EXPECT_EQ(s5.classes, 120);
  EXPECT_EQ(s5.size(), 120 * 120);
  EXPECT_EQ(Answer(s5, {0, 77}), 77);
  EXPECT_EQ(Answer(Table("s3"), {2, 1}), 3);
  EXPECT_EQ(Answer(Table("s5-conjugate"), {77, 0}), 0);
}

TEST(TaskTest, OnlyArithmeticHasAModulus) {
  RunSpec spec;
  for (const char* task : {"addition", "mixed-division", "random-labels", "x^2 - y"}) {
    spec.task = task;
    EXPECT_TRUE(HasModulus(spec)) << task;
  }
  for (const char* task : {"s3", "s5-conjugate", "parity", "table:a.csv"}) {
    spec.task = task;
    EXPECT_FALSE(HasModulus(spec)) << task;
  }
}

TEST(TaskTest, ParityReadsTheFirstThreeOfTenBits) {
  const TaskTable table = Table("parity");
  EXPECT_EQ(table.size(), 1024);
  EXPECT_EQ(table.operands, 10);
  EXPECT_EQ(Answer(table, {1, 0, 0, 1, 1, 1, 1, 1, 1, 1}), 1);
  EXPECT_EQ(Answer(table, {1, 1, 0, 0, 0, 0, 0, 0, 0, 1}), 0);
}

TEST(TaskTest, RandomLabelsFollowTheSplitSeed) {
  RunSpec spec;
  spec.task = "random-labels";
  const std::vector<int32_t> first = MakeTask(spec)->answers;
  EXPECT_EQ(MakeTask(spec)->answers, first);
  // Recorded: the same on every machine.
  EXPECT_EQ(std::accumulate(first.begin(), first.end(), 0), 101101);
  spec.split_seed = 1;
  EXPECT_NE(MakeTask(spec)->answers, first);
}

TEST(TaskTest, AnyExpressionIsATask) {
  EXPECT_EQ(Answer(Table("2*x + 3*y"), {10, 20}), 80 - 59);
  EXPECT_EQ(Table("2*x + 3*y").notation, "2*x + 3*y (mod 59)");
  EXPECT_EQ(Table("x / (x - y)", 7).size(), 42);  // without the rows where x = y
}

TEST(TaskTest, UnknownTasksAreExplained) {
  EXPECT_THAT(TaskProblem("adition"),
              StartsWith("task: \"adition\" is not known; did you mean \"addition\"? allowed: "
                         "addition, subtraction, "));
  EXPECT_THAT(TaskProblem("2*z + y"), HasSubstr("has \"z\" at position 3"));
  EXPECT_THAT(TaskProblem("3 + 4"), HasSubstr("has neither x nor y"));
  EXPECT_THAT(TaskProblem("x/(y - y)"), HasSubstr("always divides by 0"));
  EXPECT_THAT(TaskProblem("addition", 5000), StartsWith("modulus: 5000 is out of range"));
}

}  // namespace
}  // namespace powerdown
