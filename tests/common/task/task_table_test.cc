#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "common/base/text.h"
#include "common/run/run_spec.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string TableProblem(std::string_view csv) {
  return std::string(ParseTaskTable(csv).status().message());
}

TEST(TaskTableTest, NumbersStandForThemselves) {
  const auto table = ParseTaskTable("x,y,answer\r\n0,3,2\r\n\r\n1, 2, 0\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->symbols, 4);
  EXPECT_EQ(table->classes, 3);
  EXPECT_THAT(table->questions, ElementsAre(0, 3, 1, 2));
  EXPECT_THAT(table->answers, ElementsAre(2, 0));
  EXPECT_THAT(table->symbol_names, IsEmpty());
}

TEST(TaskTableTest, WordsBecomeSymbolsInSortedOrder) {
  const auto table = ParseTaskTable("red,blue,yes\nblue,red,no\nblue,blue,yes");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->symbol_names, ElementsAre("blue", "red"));
  EXPECT_THAT(table->answer_names, ElementsAre("no", "yes"));
  EXPECT_THAT(table->questions, ElementsAre(0, 0, 0, 1, 1, 0));
  EXPECT_THAT(table->answers, ElementsAre(1, 0, 1));
  EXPECT_THAT(*ParseQuestion(*table, "red, blue"), ElementsAre(1, 0));
  EXPECT_EQ(QuestionText(*table, &table->questions[4]), "red, blue");
}

TEST(TaskTableTest, GreatNumbersAreWords) {
  const auto table = ParseTaskTable("100000,-5,1\n-5,100000,0");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->symbols, 2);
  EXPECT_THAT(table->symbol_names, ElementsAre("-5", "100000"));
}

TEST(TaskTableTest, ProblemsNameTheLine) {
  EXPECT_EQ(TableProblem("x,y,answer\n1,2\n"), "line 2: \"1,2\" has 2 fields; allowed: x,y,answer");
  EXPECT_EQ(TableProblem("1,2,3\n1,,3\n"), "line 2: has an empty field; allowed: x,y,answer");
  EXPECT_EQ(TableProblem("1,2,3\n\n1,2,4\n"), "line 3: asks \"1, 2\" again; it was on line 1");
  EXPECT_EQ(TableProblem("x,y,answer\n"), "has 0 rows; allowed: at least 2 lines of x,y,answer");
}

TEST(TaskTableTest, TooManyWordsAreRefused) {
  std::string csv;
  for (int i = 0; i < 1001; ++i) csv += Concat("w", i, ",w0,1\n");
  EXPECT_EQ(TableProblem(csv), "has 1001 different operands; allowed: 1000");
}

TEST(TaskTableTest, MakeTaskNamesTheFile) {
  RunSpec spec;
  spec.task = "table:t.csv";
  EXPECT_TRUE(IsTableTask(spec));
  EXPECT_EQ(MakeTask(spec).status().message(),
            "task: \"table:t.csv\" needs the lines of its file; allowed: a spec with "
            "\"table\": x,y,answer in each line");
  spec.table = "1,2";
  EXPECT_EQ(MakeTask(spec).status().message(),
            "task: t.csv: line 1: \"1,2\" has 2 fields; allowed: x,y,answer");
}

TEST(TaskTableTest, FieldsMayBeQuoted) {
  const auto table =
      ParseTaskTable("\xef\xbb\xbfX,Y,Answer\n\"(1, 2)\", e ,\"a \"\"b\"\"\"\ne,e,e\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_THAT(table->symbol_names, ElementsAre("(1, 2)", "e"));
  EXPECT_THAT(table->answer_names, ElementsAre("a \"b\"", "e"));
  EXPECT_EQ(TableProblem("1,2,\"3\n1,1,2\n"),
            "line 1: has a quotation mark that does not end its field");
  EXPECT_EQ(TableProblem("1,2,3\n\"1\"1,1,2\n"),
            "line 2: has a quotation mark that does not end its field");
}

TEST(TaskTableTest, TheOrderOfTheLinesDoesNotMatter) {
  const auto table = ParseTaskTable("a,b,1\nb,b,0\nb,a,2\na,a,2\n");
  const auto shuffled = ParseTaskTable("x,y,answer\nb,a,2\na,a,2\nb,b,0\na,b,1\n");
  ASSERT_TRUE(table.ok() && shuffled.ok());
  EXPECT_EQ(shuffled->questions, table->questions);
  EXPECT_EQ(shuffled->answers, table->answers);
}

// Names sort as the permutations do, so symbols are those of the named task.
TEST(TaskTableTest, AShuffledTableOfS4IsTheNamedTask) {
  RunSpec spec;
  spec.task = "s4";
  const auto named = MakeTask(spec);
  ASSERT_TRUE(named.ok()) << named.status();
  std::vector<std::string> names;
  for (std::string name = "0123";
       names.empty() || std::next_permutation(name.begin(), name.end());) {
    names.push_back(name);
  }
  std::vector<std::string> lines;
  for (int64_t row = 0; row < named->size(); ++row) {
    lines.push_back(Concat(names[named->questions[2 * row]], ",",
                           names[named->questions[2 * row + 1]], ",", names[named->answers[row]]));
  }
  std::shuffle(lines.begin(), lines.end(), std::mt19937(4));
  const auto table = ParseTaskTable(Join(lines, "\n"));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->questions, named->questions);
  EXPECT_EQ(table->answers, named->answers);
  EXPECT_EQ(table->symbols, named->symbols);
  EXPECT_EQ(MakeSplit(*table, spec).train, MakeSplit(*named, spec).train);
}

}  // namespace
}  // namespace powerdown
