#include "server/runner/reports/output_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/runner/reports/reports_as_text.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<ReportSource> Open(std::string_view pattern) {
  auto source = OutputSource::Open(pattern, {.is_percent = false});
  EXPECT_TRUE(source.ok()) << source.status();
  return *std::move(source);
}

TEST(OutputSourceTest, PrintedLinesAreReports) {
  const auto source =
      Open(R"(step (?P<step>\d+) train (?P<train_acc>\S+) val (?P<val_acc>\S+) (?P<lr>\S+))");
  source->PushOutput("hello\nstep 1 train 0.5 val 0.2");
  EXPECT_THAT(PollAll(*source), IsEmpty());
  source->PushOutput("5 1e-3\n\x1b[1mstep 2 train 1 val 0.5 1e-3\x1b[0m\r");
  EXPECT_THAT(PollAll(*source),
              ElementsAre("1 lr=0.001 train_accuracy=0.5 validation_accuracy=0.25",
                          "2 lr=0.001 train_accuracy=1 validation_accuracy=0.5"));
  source->PushOutput("step 3 train 1 val 1 1e-3");
  EXPECT_THAT(PollToTheEnd(*source),
              ElementsAre("3 lr=0.001 train_accuracy=1 validation_accuracy=1"));
  EXPECT_THAT(WarningsOf(*source), IsEmpty());
}

TEST(OutputSourceTest, AStepMayStandOnALineOfItsOwn) {
  const auto source =
      Open(R"(Epoch (?P<epoch>\d+)/|acc: (?P<train_acc>\S+)|val: (?P<val_acc>\S+))");
  source->PushOutput("Epoch 1/9\nacc: 0.5 val: 0.25\nEpoch 2/9\nacc: 1\nval: 0.5\n");
  EXPECT_THAT(PollToTheEnd(*source), ElementsAre("1 train_accuracy=0.5 validation_accuracy=0.25",
                                                 "2 train_accuracy=1 validation_accuracy=0.5"));
}

TEST(OutputSourceTest, WhatIsMissingIsTold) {
  const auto source = Open(R"(acc (?P<train_acc>\S+))");
  EXPECT_THAT(WarningsOf(*source), ElementsAre(HasSubstr("no column is called step")));
  source->PushOutput("nothing\n");
  EXPECT_THAT(PollToTheEnd(*source), IsEmpty());
  EXPECT_THAT(WarningsOf(*source), ElementsAre("no line of the output is a report"));
  EXPECT_FALSE(OutputSource::Open("(", {}).ok());
}

TEST(OutputSourceTest, AFloodOfReportsIsBounded) {
  const auto source = Open(R"((?P<step>\d+) (?P<loss>\d+))");
  std::string flood;
  for (size_t i = 0; i < kMostWaitingReports + 1000; ++i) flood += Concat(i, " 1\n");
  source->PushOutput(flood);
  EXPECT_THAT(source->Warning(), HasSubstr("no column"));
  EXPECT_THAT(source->Warning(), HasSubstr("more than 65536 reports at once"));
  size_t count = 0;
  source->Finish();
  for (auto more = source->Poll(); !more->empty(); more = source->Poll()) count += more->size();
  EXPECT_LE(count, kMostWaitingReports + 1);
  EXPECT_GE(count, kMostWaitingReports);
}

}  // namespace
}  // namespace powerdown
