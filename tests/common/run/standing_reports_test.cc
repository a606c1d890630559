#include "common/run/standing_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <utility>

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// Reports given as (attempt, step), in the order of their commits.
using Marks = std::vector<std::pair<int64_t, int64_t>>;

Marks Standing(const Marks& marks) {
  std::vector<StepReport> reports;
  for (const auto& [attempt, step] : marks) {
    StepReport& report = reports.emplace_back();
    report.attempt = attempt;
    report.evaluation.step = step;
  }
  Marks standing;
  for (const StepReport& report : StandingReports(std::move(reports))) {
    standing.emplace_back(report.attempt, report.evaluation.step);
  }
  return standing;
}

TEST(StandingReportsTest, LaterAttemptTakesBackWhatItDoesAgain) {
  EXPECT_THAT(Standing({{1, 0}, {1, 10}, {1, 20}, {2, 10}, {2, 20}, {2, 30}}),
              ElementsAre(Pair(1, 0), Pair(2, 10), Pair(2, 20), Pair(2, 30)));
}

TEST(StandingReportsTest, UnfinishedRetryIsOnlyAsLongAsItHasCome) {
  EXPECT_THAT(Standing({{1, 0}, {1, 10}, {1, 20}, {1, 30}, {2, 10}}),
              ElementsAre(Pair(1, 0), Pair(2, 10)));
}

TEST(StandingReportsTest, AttemptThatResumesAtALaterStepTakesNothingBack) {
  EXPECT_THAT(Standing({{1, 0}, {1, 10}, {2, 20}}),
              ElementsAre(Pair(1, 0), Pair(1, 10), Pair(2, 20)));
}

TEST(StandingReportsTest, ReportOfAnEarlierAttemptThatIsCommittedLateDoesNotStand) {
  EXPECT_THAT(Standing({{1, 0}, {1, 10}, {2, 10}, {1, 20}}), ElementsAre(Pair(1, 0), Pair(2, 10)));
}

// Each report alone, by where its attempt and the later ones began.
RC_GTEST_PROP(StandingReportsTest, OneAtATimeTheSameStand, ()) {
  Marks marks;
  std::map<int64_t, int64_t> first_steps;
  const int attempts = *rc::gen::inRange(1, 6);
  for (int64_t attempt = 1; attempt <= attempts; ++attempt) {
    int64_t step = *rc::gen::inRange(0, 30);
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i, step += *rc::gen::inRange(1, 10)) {
      first_steps.try_emplace(attempt, step);
      marks.emplace_back(attempt, step);
    }
  }
  const StandingSteps standing(first_steps);
  Marks kept;
  for (const auto& [attempt, step] : marks) {
    StepReport report;
    report.attempt = attempt;
    report.evaluation.step = step;
    if (standing.Has(report)) kept.emplace_back(attempt, step);
  }
  RC_ASSERT(kept == Standing(marks));
}

}  // namespace
}  // namespace powerdown
