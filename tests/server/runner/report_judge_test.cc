#include "server/runner/report_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReportJudgeTest : public ::testing::Test {
 protected:
  ReportJudgeTest() {
    start_.command.emplace();
    start_.auto_stop = AutoStop::kOn;
  }
  void Create() {
    judge_ =
        *ReportJudge::Create(start_, [this](const WorkerLine& line) { said_.push_back(line); });
  }
  void Take(int64_t step, std::map<std::string, double> metrics) {
    now_ += absl::Milliseconds(10);
    judge_->Take({.step = step, .metrics = std::move(metrics)}, now_);
  }
  template <typename Line>
  std::vector<Line> Said() const {
    std::vector<Line> lines;
    for (const WorkerLine& line : said_) {
      if (const auto* found = std::get_if<Line>(&line)) lines.push_back(*found);
    }
    return lines;
  }
  std::vector<int64_t> Steps() const {
    std::vector<int64_t> steps;
    for (const StepLine& line : Said<StepLine>()) steps.push_back(line.evaluation.step);
    return steps;
  }

  StartCommand start_;
  std::unique_ptr<ReportJudge> judge_;
  std::vector<WorkerLine> said_;
  absl::Duration now_ = absl::Seconds(1);
};

TEST_F(ReportJudgeTest, StopsAtTheUsualGoalAsOurTrainingDoes) {
  Create();
  for (int64_t step = 0; step <= 1000 && !judge_->stop(); step += 20) {
    const double accuracy = step >= 500 ? 1 : 0.1;
    Take(step, {{"train_accuracy", 1}, {"train_loss", 0.001}, {"validation_accuracy", accuracy}});
  }
  EXPECT_EQ(judge_->stop(), StopReason::kGrokked);
  // Three evaluations that span at least a hundredth of the steps.
  EXPECT_EQ(judge_->step(), 540);
  const auto milestones = Said<MilestoneLine>();
  ASSERT_EQ(milestones.size(), 2u);
  EXPECT_EQ(milestones[1].kind, EventKind::kGrokked);
  EXPECT_EQ(milestones[1].step, 500);
}

TEST_F(ReportJudgeTest, ObservesUnlessItIsOn) {
  for (const AutoStop mode : {AutoStop::kObserve, AutoStop::kOff}) {
    start_.auto_stop = mode;
    Create();
    said_.clear();
    for (int64_t step = 0; step <= 100; step += 10) {
      Take(step, {{"train_accuracy", 1}, {"validation_accuracy", 1}});
    }
    EXPECT_EQ(judge_->stop(), std::nullopt);
    const auto decisions = Said<DecisionLine>();
    const bool has_stop = !decisions.empty() && decisions.back().decision.stop;
    EXPECT_EQ(has_stop, mode == AutoStop::kObserve);
  }
}

TEST_F(ReportJudgeTest, AGoalOfItsOwnNeedsNothingMemorised) {
  start_.command->generalised = "validation_loss <= 0.8";
  Create();
  for (int64_t step = 0; step <= 2000 && !judge_->stop(); step += 50) {
    Take(step, {{"train_loss", 0.5}, {"validation_loss", step < 1000 ? 2.0 : 0.75}});
  }
  EXPECT_EQ(judge_->stop(), StopReason::kGrokked);
  EXPECT_GE(judge_->step(), 1100);
  EXPECT_TRUE(std::isnan(Said<DecisionLine>().back().decision.train_accuracy));
}

// A loss that still falls is not at its plateau.
TEST_F(ReportJudgeTest, WaitsWhileAMetricStillImproves) {
  start_.command->generalised = "validation_loss <= 0.8";
  Create();
  double loss = 1;
  for (int64_t step = 0; step <= 2000; step += 50) {
    Take(step, {{"train_loss", loss}, {"validation_loss", loss *= 0.93}});
  }
  EXPECT_EQ(judge_->stop(), std::nullopt);
  EXPECT_EQ(Said<DecisionLine>().back().decision.verdict, RuleVerdict::kStillRising);
}

TEST_F(ReportJudgeTest, RowsOfOneStepAreOneReport) {
  Create();
  Take(10, {{"train_loss", 0.5}});
  Take(10, {{"validation_accuracy", 0.25}, {"validation_loss", 0.75}});
  ASSERT_EQ(Said<StepLine>().size(), 1u);
  const StepLine line = Said<StepLine>()[0];
  EXPECT_EQ(line.evaluation.train_loss, 0.5);
  EXPECT_EQ(line.evaluation.validation_loss, 0.75);
  EXPECT_EQ(line.evaluation.validation_accuracy, 0.25);
  EXPECT_TRUE(std::isnan(line.evaluation.train_accuracy));
  EXPECT_EQ(line.gradient_norm, std::nullopt);
}

TEST_F(ReportJudgeTest, ARowAloneWaitsForItsOthersAndNoLonger) {
  Create();
  Take(10, {{"validation_accuracy", 0.25}});
  EXPECT_THAT(Steps(), IsEmpty());
  judge_->Flush(now_ + kRowsOfAStep - absl::Milliseconds(1), false);
  EXPECT_THAT(Steps(), IsEmpty());
  judge_->Flush(now_ + kRowsOfAStep, false);
  EXPECT_THAT(Steps(), ElementsAre(10));
  Take(20, {{"validation_accuracy", 0.5}});
  Take(30, {{"validation_accuracy", 0.5}});
  EXPECT_THAT(Steps(), ElementsAre(10, 20));
  judge_->Flush(now_, /*is_end=*/true);
  EXPECT_THAT(Steps(), ElementsAre(10, 20, 30));
}

TEST_F(ReportJudgeTest, StepsThatComeAgainAreLeftOutAndTold) {
  Create();
  for (const int64_t step : {10, 20, 10, 20, 30}) {
    Take(step, {{"train_loss", 1}, {"validation_accuracy", 0.5}});
  }
  EXPECT_THAT(Steps(), ElementsAre(10, 20, 30));
  EXPECT_THAT(judge_->Warning(), HasSubstr("steps must ascend"));
  EXPECT_EQ(judge_->Warning(), "");
}

TEST_F(ReportJudgeTest, ALossOfEveryBatchDoesNotFloodTheDaemon) {
  Create();
  for (int64_t step = 1; step <= 1000; ++step) {
    now_ += absl::Milliseconds(1);
    judge_->Take({.step = step, .metrics = {{"train_loss", 0.5}}}, now_);
  }
  EXPECT_LE(Steps().size(), 201u);  // a second at one each 5 ms
  EXPECT_GE(Steps().size(), 190u);
}

TEST_F(ReportJudgeTest, WhateverElseAProgramTellsIsKept) {
  Create();
  std::map<std::string, double> metrics = {
      {"train_loss", 1}, {"validation_accuracy", 0.5}, {"lr", 0.001}, {"perplexity", std::nan("")}};
  Take(10, metrics);
  EXPECT_EQ(Said<StepLine>()[0].metrics_json, R"({"lr":0.001,"perplexity":"NaN"})");
  for (int i = 0; i < 1000; ++i) metrics["metric " + std::to_string(i)] = i;
  Take(20, metrics);
  EXPECT_LE(Said<StepLine>()[1].metrics_json.size(), kMostMetricsBytes);
}

TEST_F(ReportJudgeTest, AGoalThatCannotBeReadIsSaid) {
  start_.command->generalised = "nonsense";
  EXPECT_THAT(std::string(ReportJudge::Create(start_, {}).status().message()),
              HasSubstr("generalised: "));
}

}  // namespace
}  // namespace powerdown
