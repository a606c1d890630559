// Whether a run may be stopped, and what the stop rule said at an evaluation. Plain values; the
// rule itself is common/forecast/stop_rule.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/named.h"

namespace powerdown {

// kPlanned also pauses at the 95% upper bound of an early forecast.
enum class AutoStop { kOff, kObserve, kOn, kPlanned };
template <>
struct NamesOf<AutoStop> {
  static constexpr std::string_view kWhat = "auto_stop";
  static constexpr std::string_view kNames[] = {"off", "observe", "on", "planned"};
};

// What the rule says: the first reason to go on, or that none is left.
enum class RuleVerdict {
  kNotMemorised,
  kBelowThreshold,
  kWindowTooShort,
  kSpike,
  kSampleTooSmall,
  kStillRising,
  kStop,
  kOther,
};
template <>
struct NamesOf<RuleVerdict> {
  static constexpr std::string_view kNames[] = {
      "not-memorised", "below-threshold",  "window-too-short",
      "spike",         "sample-too-small", "still-rising",
      "stop"};
};

// What the rule saw and said at one evaluation.
struct Decision {
  int64_t step = 0;
  bool stop = false;
  Named<RuleVerdict> verdict;
  double train_accuracy = 0;
  double validation_accuracy = 0;
  int64_t held_evaluations = 0;
  int64_t held_since = -1;  // -1: not held
  double train_loss = 0;
  double train_loss_median = 0;  // of the evaluations since memorisation, at most 51
  double best_validation_accuracy = 0;
  double recent_rise = 0;              // best now minus best before the look-back
  std::optional<double> wilson_lower;  // absent for a census
};

}  // namespace powerdown
