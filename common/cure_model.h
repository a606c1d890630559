// Whether, and when: a mixture-cure model (Boag 1949; Farewell 1982) of a time that some never
// reach. A share 1 / (1 + exp(−(a + xγ))) reaches it, and of those the logarithm of the time is
// normal with mean b + xβ and spread σ. Pure.
//
// Likelihood of a row, with δ = 1 where the event was seen at time u and δ = 0 where it had not
// happened when observation ended at u (reference/grokking.md 6.4):
//   [π f(u)]^δ [1 − π + π S(u)]^(1−δ)
#pragma once

#include <Eigen/Core>
#include <vector>

namespace powerdown {

struct CureRow {
  Eigen::VectorXd features;  // standardised
  double log_time = 0;       // ln u
  bool is_event = false;
  double weight = 1;
};

struct CurePenalty {
  double time = 1;   // ridge on β
  double share = 1;  // ridge on γ
};

struct CureModel {
  double time_intercept = 0;
  Eigen::VectorXd time_weights;
  double log_spread = 0;  // ln σ
  double share_intercept = 0;
  Eigen::VectorXd share_weights;

  double LogTime(const Eigen::VectorXd& x) const { return time_intercept + time_weights.dot(x); }
  double Share(const Eigen::VectorXd& x) const;
  // Probability of the event by the time exp(log_time).
  double ProbabilityBy(const Eigen::VectorXd& x, double log_time) const;
};

// The penalised maximum of the likelihood.
CureModel FitCure(const std::vector<CureRow>& rows, const CurePenalty& penalty);

double NormalBelow(double z);  // the standard normal distribution

}  // namespace powerdown
