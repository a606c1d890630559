#include "common/log/line_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/log/run_log.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Cells(std::string_view pattern, std::string_view line) {
  const absl::StatusOr<LinePattern> read = LinePattern::Create(pattern);
  if (!read.ok()) return std::string(read.status().message());
  std::vector<LogCell> cells;
  read->AddCells(line, cells);
  std::string text;
  for (const LogCell& cell : cells) text += Concat(cell.name, "=", cell.text, " ");
  return text;
}

TEST(LinePatternTest, GroupsAreCells) {
  EXPECT_EQ(Cells(R"(step (?P<step>\d+).*acc (?P<val_acc>[\d.]+))", "> step 40: acc 0.25 ok"),
            "step=40 val_acc=0.25 ");
  EXPECT_EQ(Cells(R"(step (?P<step>\d+))", "nothing"), "");
}

TEST(LinePatternTest, NamesMayBeWrittenAsPerlAndJavaScriptDo) {
  EXPECT_EQ(Cells(R"(\((?<step>\d+)\))", "(7)"), "step=7 ");
  EXPECT_EQ(Cells(R"(\(?<(?<step>\d+))", "(<7"), "step=7 ");
}

TEST(LinePatternTest, AnAlternativeMayMatchMoreThanOnceInALine) {
  EXPECT_EQ(Cells(R"(acc: (?P<acc>\S+)|loss: (?P<loss>\S+))", "loss: 2 - acc: 0.5"),
            "loss=2 acc=0.5 ");
  const auto either = LinePattern::Create(R"(step (?P<step>\d+)|epoch (?P<step>\d+))");
  EXPECT_THAT(either->names(), ElementsAre("step"));
  EXPECT_EQ(Cells(R"(step (?P<step>\d+)|epoch (?P<step>\d+))", "epoch 7"), "step=7 ");
  // An expression that matches everywhere, and nothing: bounded.
  EXPECT_EQ(Cells("(?P<step>)", std::string(1000, 'a')), "");
  const std::string many = Cells("(?P<x>a)", std::string(1000, 'a'));
  EXPECT_EQ(std::count(many.begin(), many.end(), '='), kMostMatchesInLine);
}

TEST(LinePatternTest, PunctuationAroundAValueIsNotPartOfIt) {
  EXPECT_EQ(Cells(R"(step (?P<step>\S+) loss (?P<loss>\S+) acc (?P<acc>\S+))",
                  "step 10, loss 0.5; acc (0.93)."),
            "step=10 loss=0.5 acc=0.93 ");
  EXPECT_EQ(Cells(R"((?P<acc>\S+))", "...,"), "");
}

TEST(LinePatternTest, WhatIsNoExpressionIsRefused) {
  EXPECT_THAT(Cells("(?P<step>", ""), HasSubstr("the expression is not read: "));
  EXPECT_THAT(Cells(R"(step \d+)", ""), HasSubstr("names no group"));
  EXPECT_THAT(Cells(std::string(kMostPatternBytes + 1, 'a'), ""), HasSubstr("allowed: up to 4096"));
  EXPECT_THAT(Cells("(?P<a>((x{99}){99}){99})", ""), HasSubstr("the expression is not read: "));
}

// Expressions on which engines that backtrack take longer than the universe is old.
TEST(LinePatternTest, HostileExpressionsTakeTimeInProportionToTheText) {
  const std::string line(kMostReportLineBytes, 'a');
  EXPECT_EQ(Cells("(?P<step>(a+)+)$b", line), "");
  EXPECT_EQ(Cells("(?P<step>(a|aa)+b)", line), "");
  EXPECT_EQ(Cells("(?P<step>(a*)*(a*)*(a*)*c)", line), "");
}

TEST(LinePatternTest, LongLinesAreNoReports) {
  EXPECT_EQ(Cells("(?P<step>7)", std::string(kMostReportLineBytes, ' ') + "7"), "");
  EXPECT_EQ(Cells("(?P<step>7)", std::string(kMostReportLineBytes - 1, ' ') + "7"), "step=7 ");
}

TEST(LinePatternTest, ColoursAreTakenOff) {
  EXPECT_EQ(WithoutColours("\x1b[1;32macc\x1b[0m 1\x1b[K"), "acc 1");
  EXPECT_EQ(WithoutColours("a\x1b"), "a\x1b");
  EXPECT_EQ(WithoutColours("a\x1b[1"), "a");
}

// As Keras prints: the epoch on a line of its own, then a bar that is written over.
TEST(LinePatternTest, PrintedLinesAreALog) {
  RunLogOptions options;
  options.pattern =
      R"(Epoch (?P<epoch>\d+)/|[^_]accuracy: (?P<acc>\S+)|val_accuracy: (?P<val_acc>\S+))";
  const absl::StatusOr<RunLog> log = ParseRunLog(
      "Epoch 1/2\n1/9 - accuracy: 0.1000\r9/9 - accuracy: 0.2000 - val_accuracy: 0.1000\n"
      "noise\nEpoch 2/2\n9/9 - accuracy: 0.9900 - val_accuracy: 0.4000\n",
      "out.log", options);
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_EQ(log->reports.size(), 2u);
  EXPECT_EQ(log->reports[0].evaluation.step, 1);
  EXPECT_EQ(log->reports[0].evaluation.train_accuracy, 0.2);
  EXPECT_EQ(log->reports[1].evaluation.validation_accuracy, 0.4);
  options.pattern = R"(step (?P<step>\S+) (?P<acc>\S+) (?P<val_acc>\S+))";
  EXPECT_THAT(ParseRunLog("\n\nstep 1 2 3\nstep x 2 3\n", "out.log", options).status().message(),
              HasSubstr("out.log:4: step is \"x\", not a number"));
  EXPECT_THAT(
      OpenPatternRows("", "out.log", *LinePattern::Create(options.pattern))->Names().value(),
      ElementsAre("step", "acc", "val_acc"));
}

}  // namespace
}  // namespace powerdown
