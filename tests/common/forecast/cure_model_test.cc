#include "common/forecast/cure_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace powerdown {
namespace {

// Times with a known model: 70% ever come, ln T is logistic around 5 + 2x with scale 0.3.
std::vector<CureRow> DrawnRows(double observed_until) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<CureRow> rows;
  for (int i = 0; i < 4000; ++i) {
    CureRow row;
    row.features = Eigen::VectorXd::Constant(1, uniform(random));
    const bool comes = (uniform(random) + 1) / 2 < 0.7;
    const double share = (uniform(random) + 1) / 2;
    const double log_time = 5 + 2 * row.features[0] + 0.3 * std::log(share / (1 - share));
    row.is_event = comes && log_time < std::log(observed_until);
    row.log_time = row.is_event ? log_time : std::log(observed_until);
    rows.push_back(row);
  }
  return rows;
}

// The model that they are drawn from.
CureModel KnownModel() {
  CureModel model;
  model.time_intercept = 5;
  model.time_weights = Eigen::VectorXd::Constant(1, 2);
  model.log_spread = std::log(0.3);
  model.share_intercept = std::log(0.7 / 0.3);
  model.share_weights = Eigen::VectorXd::Zero(1);
  return model;
}

TEST(CureModelTest, FindsTheModelThatTimesWereDrawnFrom) {
  const CureModel model = FitCure(DrawnRows(1e9), {.time = 0.01, .share = 0.01});
  EXPECT_NEAR(model.time_intercept, 5, 0.05);
  EXPECT_NEAR(model.time_weights[0], 2, 0.05);
  EXPECT_NEAR(std::exp(model.log_spread), 0.3, 0.03);
  EXPECT_NEAR(model.Share(Eigen::VectorXd::Zero(1)), 0.7, 0.03);
}

// A regression on the times that came alone would be biased to the early ones.
TEST(CureModelTest, IsNotMisledByWhatHadNotComeYet) {
  const CureModel model = FitCure(DrawnRows(300), {.time = 0.01, .share = 0.01});
  EXPECT_NEAR(model.time_intercept, 5, 0.15);
  EXPECT_NEAR(model.time_weights[0], 2, 0.2);
}

TEST(CureModelTest, ProbabilityGrowsWithTimeUpToTheShare) {
  const CureModel model = KnownModel();
  const Eigen::VectorXd x = Eigen::VectorXd::Zero(1);
  EXPECT_NEAR(model.ProbabilityBy(x, model.LogTime(x)), model.Share(x) / 2, 1e-9);
  EXPECT_LT(model.ProbabilityBy(x, 0), 1e-5);
  EXPECT_NEAR(model.ProbabilityBy(x, 50), model.Share(x), 1e-9);
}

// Those that are looked at late are the slow ones; that they were seen waiting is part of the
// likelihood.
TEST(CureModelTest, IsNotMisledByALateLook) {
  std::vector<CureRow> rows = DrawnRows(1e9);
  std::erase_if(rows, [](const CureRow& row) { return row.log_time < 5; });
  for (CureRow& row : rows) row.log_entry = 5;
  const CureModel model = FitCure(rows, {.time = 0.01, .share = 0.01});
  EXPECT_NEAR(model.time_intercept, 5, 0.15);
  EXPECT_NEAR(model.time_weights[0], 2, 0.2);
}

TEST(CureModelTest, WaitingMovesTheMedianOn) {
  const CureModel model = KnownModel();
  const Eigen::VectorXd x = Eigen::VectorXd::Zero(1);
  EXPECT_GT(model.LogTime(x, 5.5), 5.5);
  EXPECT_NEAR(model.LogTime(x, -50), model.LogTime(x), 1e-9);
  EXPECT_NEAR(model.ProbabilityBy(x, model.LogTime(x, 5.5), 5.5), model.Share(x) / 2, 1e-9);
  EXPECT_NEAR(model.ProbabilityBy(x, 5.5, 5.5), 0, 1e-12);
}

TEST(CureModelTest, AnEndBringsTheMedianForward) {
  const CureModel model = KnownModel();
  const Eigen::VectorXd x = Eigen::VectorXd::Zero(1);
  const double end = model.LogTime(x) + 0.1;
  const double half_way = model.LogTime(x, 4.5, end);
  EXPECT_LT(half_way, model.LogTime(x, 4.5));
  EXPECT_GT(half_way, 4.5);
  EXPECT_NEAR(model.ProbabilityBy(x, half_way, 4.5), model.ProbabilityBy(x, end, 4.5) / 2, 1e-9);
  EXPECT_DOUBLE_EQ(model.LogTime(x, 4.5, 4.5), 4.5);
}

TEST(CureModelTest, AWeightOfThreeIsThreeRows) {
  const CureRow early{Eigen::VectorXd::Zero(1), 1.0, true};
  const CureRow late{Eigen::VectorXd::Zero(1), 3.0, true};
  CureRow heavy = early;
  heavy.weight = 3;
  const CureModel weighed = FitCure({heavy, late}, {});
  EXPECT_NEAR(weighed.time_intercept, FitCure({early, early, early, late}, {}).time_intercept,
              1e-6);
  EXPECT_LT(weighed.time_intercept, FitCure({early, late}, {}).time_intercept - 0.1);
}

}  // namespace
}  // namespace powerdown
