// What the charts of a comparison show: curves, the wasted stretch, the milestones.
#include "client/model/bills.h"
#include "client/model/phrases.h"
#include "client/view/compare_view.h"
#include "common/text.h"

namespace powerdown {
namespace {

void AddMark(ChartContent& chart, const std::optional<int64_t>& step, const char* symbol,
             const std::string& label, Color color) {
  if (!step) return;
  chart.marks.push_back(
      {static_cast<double>(*step), symbol, Concat(label, " ", CountText(*step)), color});
}

void AddMarks(const Palette& palette, const Comparison& comparison, const RunTrace& usual,
              const std::optional<int64_t>& stop, ChartContent& chart) {
  const RunCurve& curve = usual.curve();
  const Run& run = comparison.usual;
  AddMark(chart, run.memorised_step ? run.memorised_step : curve.memorised_step(), "●", "memorised",
          palette.train);
  AddMark(chart, usual.predicted_grok_step(), "△", "predicted grok", palette.muted);
  AddMark(chart, run.grok_step ? run.grok_step : curve.grok_step(), "◆", "grokked",
          palette.validation);
  AddMark(chart, stop, "■", "stopped here", palette.good);
}

void AddWaste(const Palette& palette, const RunTrace& usual, const std::optional<int64_t>& stop,
              ChartContent& chart) {
  if (!stop || usual.last_step() <= *stop) return;
  const double from = static_cast<double>(*stop);
  const double to = static_cast<double>(usual.last_step());
  std::string label = "wasted";
  const std::optional<Joules> all = usual.Energy();
  const std::optional<Joules> useful = usual.EnergyAt(*stop);
  if (all && useful && all->value() > 0) {
    label = Concat("wasted: ", PercentText((*all - *useful) / *all, 0), " of the energy");
  }
  chart.bands.push_back({from, to, label, palette.waste});
}

void AddGhosts(const RunTrace& trace, Metric metric, Color color, ChartContent& chart) {
  for (const auto& attempt : trace.abandoned()) {
    chart.lines.push_back({"", &trace, &attempt[static_cast<size_t>(metric)], color, Dash::kDotted,
                           /*is_ghost=*/true});
  }
}

void AddLine(const RunTrace& trace, Metric metric, const std::string& label, Color color, Dash dash,
             ChartContent& chart) {
  AddGhosts(trace, metric, color, chart);
  chart.lines.push_back({label, &trace, &trace.series(metric), color, dash});
}

}  // namespace

ChartContent AccuracyChart(const Look& look, const Comparison& comparison, const RunTrace& usual,
                           const RunTrace* stopped) {
  const Palette& palette = look.palette();
  ChartContent chart{.id = "accuracy", .title = "Accuracy", .values = Values::kPercent};
  chart.y_range = Range{0, 1.03};
  chart.reference = &usual;
  chart.end_step = static_cast<double>(comparison.budget_max_steps);
  if (comparison.has_ended) chart.end_step = static_cast<double>(comparison.usual.steps);
  AddLine(usual, Metric::kTrainAccuracy, "train", palette.train, Dash::kDashed, chart);
  AddLine(usual, Metric::kValidationAccuracy, "validation", palette.validation, Dash::kSolid,
          chart);
  if (stopped != nullptr) {
    AddLine(*stopped, Metric::kValidationAccuracy, "stopped run", palette.good, Dash::kDotted,
            chart);
  }
  const std::optional<int64_t> stop = StopStepOf(comparison, usual, stopped);
  AddMarks(palette, comparison, usual, stop, chart);
  AddWaste(palette, usual, stop, chart);
  chart.gaps = usual.gaps();
  return chart;
}

ChartContent LossChart(const Look& look, const Comparison& comparison, const RunTrace& usual) {
  const Palette& palette = look.palette();
  ChartContent chart{.id = "loss", .title = "Loss", .values = Values::kNumber};
  chart.starts_log = true;
  chart.reference = &usual;
  chart.end_step = static_cast<double>(comparison.budget_max_steps);
  if (comparison.has_ended) chart.end_step = static_cast<double>(comparison.usual.steps);
  AddLine(usual, Metric::kTrainLoss, "train", palette.train, Dash::kDashed, chart);
  AddLine(usual, Metric::kValidationLoss, "validation", palette.validation, Dash::kSolid, chart);
  AddWaste(palette, usual, StopStepOf(comparison, usual, nullptr), chart);
  for (ChartBand& band : chart.bands) band.label.clear();
  chart.gaps = usual.gaps();
  return chart;
}

}  // namespace powerdown
