// The charts of a comparison: the usual run, and the stopped run beside it.
#include "client/model/bills.h"
#include "client/view/compare_view.h"
#include "client/view/run_charts.h"

namespace powerdown {
namespace {

double EndStep(const Comparison& comparison) {
  return static_cast<double>(comparison.has_ended ? comparison.usual.steps
                                                  : comparison.schedule_max_steps);
}

}  // namespace

ChartContent AccuracyChart(const Look& look, const Comparison& comparison, const RunTrace& usual,
                           const RunTrace* stopped) {
  ChartContent chart = AccuracyChart(look, comparison.usual, usual,
                                     StopStepOf(comparison, usual, stopped), EndStep(comparison));
  if (stopped != nullptr) {
    AddLine(*stopped, Metric::kValidationAccuracy, "stopped run", look.palette().good,
            Dash::kDotted, chart);
  }
  return chart;
}

ChartContent LossChart(const Look& look, const Comparison& comparison, const RunTrace& usual) {
  return LossChart(look, usual, StopStepOf(comparison, usual, nullptr), EndStep(comparison));
}

}  // namespace powerdown
