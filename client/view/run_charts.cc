#include "client/view/run_charts.h"

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

void AddMark(ChartContent& chart, const std::optional<int64_t>& step, const char* symbol,
             const std::string& label, Color color) {
  if (!step) return;
  chart.marks.push_back(
      {static_cast<double>(*step), symbol, Concat(label, " ", CountText(*step)), color});
}

void AddMarks(const Palette& palette, const Run& run, const RunTrace& trace,
              const std::optional<int64_t>& stop, ChartContent& chart) {
  AddMark(chart, run.memorised_step ? run.memorised_step : trace.memorised_step(), "●", "memorised",
          palette.train);
  AddMark(chart, trace.predicted_grok_step(), "△", "predicted grok", palette.muted);
  AddMark(chart, run.grok_step ? run.grok_step : trace.grok_step(), "◆", "grokked",
          palette.validation);
  AddMark(chart, stop, "■", "stopped here", palette.good);
}

void AddWaste(const Palette& palette, const RunTrace& trace, const std::optional<int64_t>& stop,
              ChartContent& chart) {
  if (!stop || trace.last_step() <= *stop) return;
  const double from = static_cast<double>(*stop);
  const double to = static_cast<double>(trace.last_step());
  std::string label = "wasted";
  const std::optional<Joules> all = trace.Energy();
  const std::optional<Joules> useful = trace.EnergyAt(*stop);
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

ChartContent ChartOf(const RunTrace& trace, const char* id, const char* title, Values values,
                     double end_step) {
  ChartContent chart{.id = id, .title = title, .values = values};
  chart.reference = &trace;
  chart.end_step = end_step;
  chart.gaps = trace.gaps();
  return chart;
}

}  // namespace

void AddLine(const RunTrace& trace, Metric metric, const std::string& label, Color color, Dash dash,
             ChartContent& chart) {
  AddGhosts(trace, metric, color, chart);
  chart.lines.push_back({label, &trace, &trace.series(metric), color, dash});
}

ChartContent AccuracyChart(const Look& look, const Run& run, const RunTrace& trace,
                           std::optional<int64_t> stop, double end_step) {
  const Palette& palette = look.palette();
  ChartContent chart = ChartOf(trace, "accuracy", "Accuracy", Values::kPercent, end_step);
  chart.y_range = Range{0, 1.03};
  AddLine(trace, Metric::kTrainAccuracy, "train", palette.train, Dash::kDashed, chart);
  AddLine(trace, Metric::kValidationAccuracy, "validation", palette.validation, Dash::kSolid,
          chart);
  AddMarks(palette, run, trace, stop, chart);
  AddWaste(palette, trace, stop, chart);
  return chart;
}

ChartContent LossChart(const Look& look, const RunTrace& trace, std::optional<int64_t> stop,
                       double end_step) {
  const Palette& palette = look.palette();
  ChartContent chart = ChartOf(trace, "loss", "Loss", Values::kNumber, end_step);
  chart.starts_log = true;
  AddLine(trace, Metric::kTrainLoss, "train", palette.train, Dash::kDashed, chart);
  AddLine(trace, Metric::kValidationLoss, "validation", palette.validation, Dash::kSolid, chart);
  AddWaste(palette, trace, stop, chart);
  for (ChartBand& band : chart.bands) band.label.clear();
  return chart;
}

ChartContent PowerChart(const Look& look, const RunTrace& trace, double end_step) {
  ChartContent chart = ChartOf(trace, "power", "Power of this run", Values::kWatts, end_step);
  AddLine(trace, Metric::kPower, "power", look.palette().waste, Dash::kSolid, chart);
  return chart;
}

}  // namespace powerdown
