// Evaluates the stop rule on recorded runs and compares it with other stop rules. Pure.
//
// Definitions (docs/forecasts.md, How good it is): the oracle is the best possible stop
// (Replay::oracle_step). Lost accuracy is measured against the best trailing median of 5. A stop is
// false if the run had not grokked by then and later became more than 3 points better.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/run/run.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

struct RecordedRun {
  Run run;
  std::vector<StepReport> reports;  // those of StandingReports
};

// One figure as `predictor evaluate` and tests/bench print it.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::string against;          // what it is measured on or against, with n
  std::optional<double> error;  // bootstrap standard error
  std::string goal;             // empty: only shown
  std::optional<bool> holds;
};

// A stop rule: returns the step at which it stops a run with these evaluations; absent: never.
using StopFunction = std::optional<int64_t> (*)(const std::vector<StepReport>& reports);
struct NamedStopRule {
  std::string_view name;
  StopFunction stop;
};
const std::vector<NamedStopRule>& BaselineStopRules();  // patience-10 …, first-0.99, plain-0.99x3

// The cost of a run up to a step: its energy, or the number of steps where no energy is known.
// `reports` must not be empty.
SeriesPyramid EffortCurve(const std::vector<StepReport>& reports);
double EffortAt(const SeriesPyramid& curve, int64_t step);

std::vector<Figure> EvaluateStops(const std::vector<RecordedRun>& runs);

}  // namespace powerdown
