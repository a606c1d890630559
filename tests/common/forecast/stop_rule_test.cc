#include "common/forecast/stop_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace powerdown {
namespace {

using Curve = std::function<Evaluation(int64_t)>;

// A memorised network whose validation accuracy follows `accuracy`.
Curve Validation(std::function<double(int64_t)> accuracy) {
  return [accuracy](int64_t step) { return Evaluation{step, 1e-3, 1.0, 0.1, accuracy(step)}; };
}

Curve Plateau(double accuracy) {
  return Validation([accuracy](int64_t step) { return step < 100 ? 0.02 : accuracy; });
}

// The first stop on the evaluation grid that a run would have, or -1.
int64_t StopStep(const Curve& curve, StopRuleOptions options = {}, int64_t max_steps = 20000) {
  StopRule rule(options);
  EvaluationSchedule schedule(RunSpec(), 1741, 1740);
  for (int64_t step = 0; step <= max_steps; ++step) {
    if (!schedule.IsDue(step)) continue;
    const Evaluation evaluation = curve(step);
    schedule.Observe(evaluation);
    if (rule.Observe(evaluation).stop) return step;
  }
  return -1;
}

std::string_view VerdictAfter(const std::vector<Evaluation>& evaluations,
                              StopRuleOptions options = {}) {
  StopRule rule(options);
  std::string_view verdict;
  for (const Evaluation& evaluation : evaluations)
    verdict = NameOf(rule.Observe(evaluation).verdict.value());
  return verdict;
}

// The rule keeps only what it looks back on; here all evaluations are looked through.
RC_GTEST_PROP(StopRuleTest, LooksBackAsFarAsAllEvaluationsSay, ()) {
  StopRuleOptions options;
  options.is_census = false;
  options.validation_pairs = 1000;
  options.window_share = *rc::gen::element(0.01, 0.2);
  StopRule rule(options);
  std::vector<Evaluation> all;
  std::vector<double> best;
  int64_t step = *rc::gen::inRange(0, 700);
  for (int i = *rc::gen::inRange(1, 200); i > 0; --i, step += *rc::gen::inRange(1, 20)) {
    all.push_back({step, 1e-3, 1.0, 0.1, *rc::gen::element(0.5, 0.991, 0.995, 1.0)});
    best.push_back(std::max(best.empty() ? 0 : best.back(), all.back().validation_accuracy));
    const Decision decision = rule.Observe(all.back());
    const double now = static_cast<double>(step);
    double rise = best.back();
    double lowest = 1;
    bool is_window = false;
    bool has_rise = false;
    for (size_t ago = 0; ago < all.size(); ++ago) {
      const size_t at = all.size() - 1 - ago;
      const double then = static_cast<double>(all[at].step);
      if (!is_window) lowest = std::min(lowest, all[at].validation_accuracy);
      is_window = is_window || (static_cast<int>(ago) + 1 >= options.window &&
                                now - then >= options.window_share * now);
      if (!has_rise && static_cast<int>(ago) >= options.rise_evaluations &&
          then <= (1 - options.rise_share) * now) {
        rise = best.back() - best[at];
        has_rise = true;
      }
    }
    RC_ASSERT(decision.recent_rise == rise);
    RC_ASSERT(*decision.wilson_lower == WilsonLowerBound(lowest, options.validation_pairs));
  }
}

TEST(StopRuleTest, NeverStopsOnALowPlateau) {
  for (double accuracy : {0.02, 0.5, 0.95, 0.985, 0.9899}) {
    EXPECT_EQ(StopStep(Plateau(accuracy)), -1) << accuracy;
  }
}

TEST(StopRuleTest, StopsSoonAfterAGrokThatStands) {
  const int64_t stop = StopStep(Validation([](int64_t step) {
    return step < 2000 ? 0.1 : step < 2100 ? 0.8 : 1.0;
  }));
  EXPECT_GE(stop, 2100);
  EXPECT_LE(stop, 2350);
}

TEST(StopRuleTest, WaitsForNoRiseWhereEveryAnswerIsRight) {
  const auto grok_at = [](int64_t step, double accuracy) {
    return Validation([=](int64_t now) { return now < step ? 0.1 : accuracy; });
  };
  const int64_t perfect = StopStep(grok_at(5000, 1));
  EXPECT_GE(perfect, 5050);  // the window spans 1% of the steps
  EXPECT_LE(perfect, 5200);
  EXPECT_GE(StopStep(grok_at(5000, 0.995)), 5450);
}

TEST(StopRuleTest, ACreepingRiserIsNotStoppedBetweenTwoRises) {
  // One more answer is right in every 6% of the steps, until all are.
  const Curve curve = Validation([](int64_t step) {
    if (step < 5000) return 0.1;
    const double rises = std::floor(std::log(static_cast<double>(step) / 5000) / std::log(1.06));
    return std::min(1.0, 0.99 + 0.0025 * rises);
  });
  EXPECT_EQ(curve(StopStep(curve)).validation_accuracy, 1.0);
}

TEST(StopRuleTest, StopsAnImmediateGrok) {
  const int64_t stop = StopStep(Validation([](int64_t step) { return step < 50 ? 0.1 : 0.997; }));
  EXPECT_GE(stop, 100);  // five evaluations must stand behind it
  EXPECT_LE(stop, 150);
}

TEST(StopRuleTest, WaitsWhileTheBestStillRises) {
  // Reaches 0.99 at step 1000 and rises by 0.0004 in every 10 steps until 1250, where it is 1.
  const int64_t stop = StopStep(Validation([](int64_t step) {
    return step < 1000 ? 0.1 : std::min(1.0, 0.99 + 0.00004 * static_cast<double>(step - 1000));
  }));
  EXPECT_GT(stop, 1200);
  EXPECT_LT(stop, 1400);
}

TEST(StopRuleTest, ASlowRiserIsStoppedOnlyAtTheTop) {
  const Curve curve = Validation(
      [](int64_t step) { return 0.2 + 0.8 * std::min(1.0, static_cast<double>(step) / 15000); });
  const int64_t stop = StopStep(curve);
  EXPECT_GT(stop, 14900);
  EXPECT_GT(curve(stop).validation_accuracy, 0.997);
}

TEST(StopRuleTest, ASlingshotsTouchDoesNotStop) {
  // Touches 0.995 for two evaluations, collapses, and comes back for good at 4000.
  const Curve curve = Validation([](int64_t step) {
    if (step >= 4000) return 0.999;
    return step >= 1000 && step < 1018 ? 0.995 : 0.3;
  });
  const int64_t stop = StopStep(curve);
  EXPECT_GE(stop, 4040);
  EXPECT_LE(stop, 4550);  // 9% after the last rise, and one gap between evaluations
}

TEST(StopRuleTest, MemorisationIsDemanded) {
  std::vector<Evaluation> evaluations;
  for (int64_t step = 0; step < 200; step += 10) evaluations.push_back({step, 0.1, 0.98, 0.1, 1});
  EXPECT_EQ(VerdictAfter(evaluations), "not-memorised");
}

TEST(StopRuleTest, VerdictsNameTheFirstObstacle) {
  std::vector<Evaluation> evaluations;
  const auto add = [&](int64_t first, int64_t last, double accuracy) {
    for (int64_t step = first; step <= last; step += 10) {
      evaluations.push_back({step, 0.001, 1, 0.1, accuracy});
    }
  };
  add(0, 190, 0.5);
  EXPECT_EQ(VerdictAfter(evaluations), "below-threshold");
  add(200, 200, 0.995);
  EXPECT_EQ(VerdictAfter(evaluations), "window-too-short");
  add(210, 240, 0.995);
  EXPECT_EQ(VerdictAfter(evaluations), "still-rising");
  add(250, 250, 0.995);
  EXPECT_EQ(VerdictAfter(evaluations), "stop");
}

TEST(StopRuleTest, AMaterialLossSpikeHoldsBackUntilItIsPast) {
  std::vector<Evaluation> evaluations;
  for (int64_t step = 0; step < 300; step += 10) evaluations.push_back({step, 0.001, 1, 0.1, 1});
  evaluations.push_back({300, 0.2, 0.995, 0.1, 1});
  EXPECT_EQ(VerdictAfter(evaluations), "spike");
  evaluations.push_back({310, 0.001, 1, 0.1, 1});
  EXPECT_EQ(VerdictAfter(evaluations), "spike");
  evaluations.push_back({320, 0.001, 1, 0.1, 1});
  evaluations.push_back({330, 0.001, 1, 0.1, 1});
  EXPECT_EQ(VerdictAfter(evaluations), "stop");
}

TEST(StopRuleTest, FluctuationNearZeroIsNoSpike) {
  std::vector<Evaluation> evaluations;
  for (int64_t step = 0; step < 300; step += 10) {
    evaluations.push_back({step, step % 30 == 0 ? 1e-4 : 1e-6, 1, 0.1, 1});
  }
  EXPECT_EQ(VerdictAfter(evaluations), "stop");
}

TEST(StopRuleTest, ASampleNeedsItsLowerBound) {
  std::vector<Evaluation> evaluations;
  for (int64_t step = 0; step < 300; step += 10) evaluations.push_back({step, 0.001, 1, 0.1, 0.99});
  StopRuleOptions options;
  options.is_census = false;
  options.validation_pairs = 100;
  EXPECT_EQ(VerdictAfter(evaluations, options), "sample-too-small");
  options.validation_pairs = 1000;
  EXPECT_EQ(VerdictAfter(evaluations, options), "stop");
  options.is_census = true;
  options.validation_pairs = 10;
  EXPECT_EQ(VerdictAfter(evaluations, options), "stop");
}

TEST(StopRuleTest, DecisionsCarryTheirInputs) {
  StopRule rule({});
  for (int64_t step = 0; step < 100; step += 10) rule.Observe({step, 0.5, 1, 1.0, 0.1});
  const Decision decision = rule.Observe({100, 0.25, 1, 1.0, 0.992});
  EXPECT_EQ(decision.held_since, 100);
  EXPECT_EQ(decision.held_evaluations, 1);
  EXPECT_EQ(decision.train_loss_median, 0.5);
  EXPECT_EQ(decision.best_validation_accuracy, 0.992);
  EXPECT_NEAR(decision.recent_rise, 0.892, 1e-12);
  EXPECT_EQ(decision.wilson_lower, std::nullopt);
}

TEST(StopRuleTest, LooksBackNinePercentWhereThatIsFarther) {
  // 0.4 points rose 800 of 10000 steps ago: more than five evaluations, less than 9%.
  std::vector<Evaluation> evaluations;
  for (int64_t step = 8000; step <= 10000; step += 10) {
    evaluations.push_back({step, 0.001, 1, 0.1, step < 9200 ? 0.992 : 0.996});
  }
  EXPECT_EQ(VerdictAfter(evaluations), "still-rising");
  for (int64_t step = 10010; step <= 10120; step += 10) {
    evaluations.push_back({step, 0.001, 1, 0.1, 0.996});
  }
  EXPECT_EQ(VerdictAfter(evaluations), "stop");
}

TEST(StopRuleTest, AnswersOnAfterAStop) {
  StopRule rule({});
  Decision decision;
  for (int64_t step = 0; step < 300; step += 10) decision = rule.Observe({step, 0.001, 1, 0.1, 1});
  EXPECT_TRUE(decision.stop);
  EXPECT_FALSE(rule.Observe({300, 0.3, 0.9, 2, 0.1}).stop);
}

TEST(StopRuleTest, NanNeverStops) {
  const double nan = std::nan("");
  EXPECT_EQ(StopStep(
                [&](int64_t step) {
                  return Evaluation{step, nan, nan, nan, nan};
                },
                {}, 2000),
            -1);
}

TEST(WilsonTest, MatchesPublishedValues) {
  // Newcombe 1998, table I: 81 of 263 gives 0.2553; 148 of 148 is bounded below 1.
  EXPECT_NEAR(WilsonLowerBound(81.0 / 263, 263), 0.2553, 5e-5);
  EXPECT_NEAR(WilsonLowerBound(15.0 / 148, 148), 0.0624, 5e-5);
  EXPECT_NEAR(WilsonLowerBound(0, 20), 0.0, 1e-12);
  EXPECT_EQ(WilsonLowerBound(1, 0), 0);
  EXPECT_LT(WilsonLowerBound(1, 100), 0.97);
}

TEST(PatienceTest, EndsWhenTheBestIsThatOld) {
  std::vector<Evaluation> evaluations;
  for (int64_t i = 0; i < 40; ++i) {
    evaluations.push_back({i * 10, 0.1, 1, 0.1, i == 5 ? 0.3 : i < 30 ? 0.2 : 1.0});
  }
  EXPECT_EQ(PatienceStop(evaluations, 10), 15u);
  EXPECT_EQ(PatienceStop(evaluations, 30), std::nullopt);
  EXPECT_EQ(PatienceStop({}, 10), std::nullopt);
}

TEST(AutoStopTest, NamesReadBack) {
  for (AutoStop mode : {AutoStop::kOff, AutoStop::kObserve, AutoStop::kOn}) {
    EXPECT_EQ(*ParseNamed<AutoStop>(NameOf(mode)), mode);
  }
  EXPECT_EQ(ParseNamed<AutoStop>("obsrve").status().message(),
            "auto_stop: \"obsrve\" is not known; did you mean \"observe\"? allowed: off, observe, "
            "on, planned");
}

}  // namespace
}  // namespace powerdown
