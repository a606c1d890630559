// The charts of one run: curves, replaced attempts, milestones, gaps.
#pragma once

#include <optional>

#include "client/view/chart_view.h"

namespace powerdown {

// `stop` is where the rule stopped it, or would have; the axis goes to `end_step`.
ChartContent AccuracyChart(const Look& look, const Run& run, const RunTrace& trace,
                           std::optional<int64_t> stop, double end_step);
ChartContent LossChart(const Look& look, const RunTrace& trace, std::optional<int64_t> stop,
                       double end_step);
ChartContent PowerChart(const Look& look, const RunTrace& trace, double end_step);

// A curve, with the replaced parts of earlier attempts as ghosts behind it.
void AddLine(const RunTrace& trace, Metric metric, const std::string& label, Color color, Dash dash,
             ChartContent& chart);

}  // namespace powerdown
