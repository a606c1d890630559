// How good the stop rule is on recorded runs, beside the rules that others use. Pure.
//
// Definitions (docs/forecasts.md, How good it is): the oracle stops at the first evaluation from
// which nothing more is gained; accuracy is lost against the best trailing median of 5; a stop is
// false where the run went on to be more than 3 points better and had not grokked by then.
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
  std::vector<StepReport> reports;  // that stand
};

// One figure as `predictor evaluate` and tests/bench print it.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::string against;          // what it is measured on or against, with n
  std::optional<double> error;  // bootstrap standard error
  std::string goal;             // empty: told, not judged
  std::optional<bool> holds;
};

// A rule that ends a run, from its evaluations: the step, or absent if it never does.
using StopFunction = std::optional<int64_t> (*)(const std::vector<StepReport>& reports);
struct NamedStopRule {
  std::string_view name;
  StopFunction stop;
};
const std::vector<NamedStopRule>& BaselineStopRules();  // patience-10 …, first-0.99, plain-0.99x3

// What a run took up to a step: its energy curve, or the steps themselves where no energy is known.
// `reports` are not empty.
SeriesPyramid EffortCurve(const std::vector<StepReport>& reports);
double EffortAt(const SeriesPyramid& curve, int64_t step);

std::vector<Figure> EvaluateStops(const std::vector<RecordedRun>& runs);

}  // namespace powerdown
