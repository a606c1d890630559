#include "common/run/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace powerdown {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string Problem(std::string_view text) {
  const auto points = ExpandSweep(RunSpec(), text);
  return points.ok() ? "" : std::string(points.status().message());
}

TEST(SweepTest, IsEveryCombinationTheLastFieldFastest) {
  const auto points = ExpandSweep(RunSpec(), "seed=0..9,weight_decay=0.3|1|3");
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_THAT(*points, SizeIs(30));
  EXPECT_EQ((*points)[0].label, "seed=0 weight_decay=0.3");
  EXPECT_EQ((*points)[1].label, "seed=0 weight_decay=1");
  EXPECT_EQ((*points)[29].spec.seed, 9);
  EXPECT_EQ((*points)[29].spec.weight_decay, 3);
  std::set<std::string> hashes;
  for (const SweepPoint& point : *points) hashes.insert(SpecHash(point.spec));
  EXPECT_THAT(hashes, SizeIs(30));
}

TEST(SweepTest, OtherFieldsStayThoseOfTheBase) {
  RunSpec base;
  base.modulus = 31;
  const auto points = ExpandSweep(base, " split-seed = 3 ");
  ASSERT_TRUE(points.ok()) << points.status();
  base.split_seed = 3;
  ASSERT_THAT(*points, SizeIs(1));
  EXPECT_EQ((*points)[0].spec, base);
}

TEST(SweepTest, TextFieldsAndRangesMix) {
  const auto points = ExpandSweep(RunSpec(), "task=addition|x - 2*y,seed=1..2|7");
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_THAT(*points, SizeIs(6));
  EXPECT_EQ((*points)[5].spec.task, "x - 2*y");
  EXPECT_EQ((*points)[5].spec.seed, 7);
}

TEST(SweepTest, ProblemsAreNamed) {
  EXPECT_THAT(Problem("sed=1"), HasSubstr("did you mean \"seed\"?"));
  EXPECT_THAT(Problem("seed"), HasSubstr("\"seed\" has no \"=\""));
  EXPECT_THAT(Problem("seed=3..1"), HasSubstr("\"3..1\" is not a range of whole numbers"));
  EXPECT_THAT(Problem("seed=1,seed=2"), HasSubstr("\"seed\" is there twice"));
  EXPECT_THAT(Problem("table=a"), HasSubstr("\"table\" is not known"));
  EXPECT_EQ(Problem("modulus=59|1"), "modulus: 1 is out of range; allowed: 2 to 1000");
  EXPECT_THAT(Problem("seed="), HasSubstr("is not a whole number"));
  EXPECT_THAT(Problem(""), HasSubstr("sweep: "));
}

TEST(SweepTest, FiveHundredRunsAreTheMost) {
  EXPECT_EQ(Problem("seed=1..500"), "");
  EXPECT_THAT(Problem("seed=1..501"), HasSubstr("more than 500"));
  EXPECT_THAT(Problem("seed=0..99,weight_decay=1|2|3|4|5|6"), HasSubstr("more than 500 runs"));
  EXPECT_THAT(Problem("seed=0..9007199254740991"), HasSubstr("more than 500"));
}

TEST(SweepTest, FillsTheWordsOfACommand) {
  const auto points = ExpandValues("lr=1e-3|3e-3,seed=0..2");
  ASSERT_TRUE(points.ok()) << points.status();
  ASSERT_EQ(points->size(), 6u);
  EXPECT_EQ(points->at(4).label, "lr=3e-3 seed=1");
  EXPECT_THAT(*FillWords({"train.py", "--lr={lr}", "{seed}", "{seed}-{lr}", "{}"}, points->at(4)),
              ::testing::ElementsAre("train.py", "--lr=3e-3", "1", "1-3e-3", "{}"));
  EXPECT_THAT(std::string(FillWords({"{lr}"}, points->at(0)).status().message()),
              ::testing::HasSubstr("{seed} is nowhere in the command"));
  EXPECT_FALSE(ExpandValues("=1").ok());
  EXPECT_FALSE(ExpandValues("a=1,a=2").ok());
  EXPECT_FALSE(ExpandValues("a=0..99,b=0..9").ok());
}

}  // namespace
}  // namespace powerdown
