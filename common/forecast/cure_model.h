// Whether, and when: a mixture-cure model (Boag 1949; Farewell 1982) of a time that some never
// reach. A share 1 / (1 + exp(−(a + xγ))) reaches it, and of those the logarithm of the time is
// logistic with median b + xβ and scale σ: heavier tails than a normal, so that a few strange runs
// do not bend the rest. Pure.
//
// Likelihood of a row that was first looked at when the event had not happened by time s, with
// δ = 1 where the event was seen at time u and δ = 0 where it had not happened when observation
// ended at u; π is the share among those that had not by s (docs/forecasts.md, The predictor):
//   [π f(u) / S(s)]^δ [1 − π + π S(u) / S(s)]^(1−δ)
#pragma once

#include <Eigen/Core>
#include <limits>
#include <vector>

namespace powerdown {

inline constexpr double kFromTheStart = -std::numeric_limits<double>::infinity();
inline constexpr double kWithoutEnd = std::numeric_limits<double>::infinity();

struct CureRow {
  Eigen::VectorXd features;  // standardised
  double log_time = 0;       // ln u
  bool is_event = false;
  double weight = 1;
  double log_entry = kFromTheStart;  // ln s
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

  // Logarithm of the median time of those that reach it between exp(log_entry) and exp(log_end).
  double LogTime(const Eigen::VectorXd& x, double log_entry = kFromTheStart,
                 double log_end = kWithoutEnd) const;
  double Share(const Eigen::VectorXd& x) const;
  // Probability of the event by the time exp(log_time), if it had not happened by exp(log_entry).
  double ProbabilityBy(const Eigen::VectorXd& x, double log_time,
                       double log_entry = kFromTheStart) const;
};

// The penalised maximum of the likelihood.
CureModel FitCure(const std::vector<CureRow>& rows, const CurePenalty& penalty);

}  // namespace powerdown
