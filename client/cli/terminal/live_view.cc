#include "client/cli/terminal/live_view.h"

#include <algorithm>
#include <cmath>

#include "client/cli/terminal/chart.h"
#include "client/cli/terminal/live_bills.h"
#include "client/model/forecast_text.h"
#include "client/model/phrases.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int kMostChartRows = 12;
constexpr int kLeastChartRows = 3;
constexpr int kAxisLines = 2;  // below the rows of a chart
constexpr int kPowerTextWidth = 10;
constexpr int64_t kShortRun = 4000;  // steps; a chart shows so many from the start

// The chart shows the whole training, unless the part done so far would be a sliver of it.
int64_t AxisEnd(const LiveScene& scene) {
  const int64_t last = std::max<int64_t>(scene.usual->last_step(), 1);
  const int64_t grown = RoundAxisEnd(last + last / 4);
  if (!scene.end_step) return grown;
  const bool is_sliver =
      !scene.has_ended && last < *scene.end_step / 8 && *scene.end_step > kShortRun;
  const bool may_end_sooner = !scene.is_end_certain && !scene.has_ended;
  return std::max(last,
                  is_sliver || may_end_sooner ? std::min(grown, *scene.end_step) : *scene.end_step);
}

std::vector<ChartMark> MarksOf(const RunTrace& trace) {
  std::vector<ChartMark> marks;
  if (trace.naive_stop()) marks.push_back({'p', trace.naive_stop()->step});
  if (trace.memorised_step()) marks.push_back({'M', *trace.memorised_step()});
  if (trace.predicted_grok_step()) marks.push_back({'F', *trace.predicted_grok_step()});
  if (trace.grok_step()) marks.push_back({'G', *trace.grok_step()});
  if (trace.stop_step()) marks.push_back({'S', *trace.stop_step()});
  return marks;
}

std::string Title(const LiveScene& scene, int width, const Style& style) {
  const std::string id = FitWidth(scene.id, width / 2);
  const int left = width - DisplayWidth(id) - 2;
  return Concat(style.Paint(Ink::kStrong, PadRight(FitWidth(scene.title, left), left)), "  ",
                style.Paint(Ink::kFaint, id));
}

std::string Progress(const LiveScene& scene, int width, const Style& style) {
  const int64_t step = scene.usual->last_step();
  if (!scene.end_step || *scene.end_step <= 0) {
    return Concat(scene.state, "  step ", CountText(step));
  }
  const double share = std::min(1.0, static_cast<double>(step) / *scene.end_step);
  std::string tail = Concat("  ", PadLeft(PercentText(share, 0), 4), "  step ", CountText(step),
                            " of ", CountText(*scene.end_step));
  if (const std::string left = TimeLeft(scene); !left.empty()) tail += Concat("  ", left);
  const std::string state = Concat(scene.state, "  ");
  const int columns = std::max(6, width - DisplayWidth(state) - DisplayWidth(tail));
  const int done = static_cast<int>(std::lround(share * columns));
  // Shaded from the stop on, as in the chart.
  const std::optional<int64_t> stop = scene.usual->stop_step();
  const int useful = stop && scene.is_comparison
                         ? std::min(done, static_cast<int>(std::lround(static_cast<double>(*stop) /
                                                                       *scene.end_step * columns)))
                         : done;
  return Concat(state, style.Paint(Ink::kValidation, Repeat("━", useful)),
                style.Paint(Ink::kWaste, Repeat("░", done - useful)),
                style.Paint(Ink::kFaint, Repeat("─", columns - done)), tail);
}

std::string Legend(const LiveScene& scene, const Style& style) {
  std::string legend = Concat(std::string(kAxisWidth, ' '), style.Paint(Ink::kValidation, "█"),
                              " validation  ", style.Paint(Ink::kTrain, "•"), " training");
  if (scene.is_comparison && scene.usual->stop_step()) {
    legend += Concat("  ", style.Paint(Ink::kWaste, "░"), " after the stop: nothing left to learn");
  }
  return legend;
}

std::string Milestones(const LiveScene& scene, const Style& style) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view letter, std::string_view what, int64_t step) {
    parts.push_back(Concat(style.Paint(Ink::kStrong, letter), " ", what, " ", CountText(step)));
  };
  const RunTrace& trace = *scene.usual;
  if (trace.memorised_step()) add("M", "memorised", *trace.memorised_step());
  if (trace.predicted_grok_step()) add("F", "forecast", *trace.predicted_grok_step());
  if (trace.grok_step()) add("G", "grokked", *trace.grok_step());
  if (trace.stop_step()) add("S", scene.is_comparison ? "stop" : "stopped", *trace.stop_step());
  if (const auto& naive = trace.naive_stop()) {
    parts.push_back(Concat(style.Paint(Ink::kStrong, "p"), " patience ", CountText(naive->step),
                           " (", PercentText(naive->accuracy, 0), ")"));
  }
  return Concat(std::string(kAxisWidth, ' '), Join(parts, "  "));
}

std::string Power(const LiveScene& scene, const ChartFrame& frame, const Style& style) {
  const std::optional<Watts> power = scene.usual->Power();
  if (!power) return Concat("power  ", style.Paint(Ink::kFaint, "not measured yet"));
  return Concat(
      "power ",
      PadRight(PowerLine(scene.usual->series(Metric::kPower), frame, style), frame.columns), " ",
      PadLeft(WattsText(*power), kPowerTextWidth - 1));
}

std::string LatestText(const RunTrace& trace, Metric metric) {
  return PercentText(trace.Latest(metric).value_or(0));
}

// With the newest accuracies to the right of its top.
std::vector<std::string> Chart(const LiveScene& scene, const ChartFrame& frame,
                               const Style& style) {
  const RunTrace& trace = *scene.usual;
  std::vector<std::string> lines = AccuracyChart(trace, frame, MarksOf(trace), style);
  if (trace.empty()) return lines;
  lines[0] += Concat(
      " ", style.Paint(Ink::kTrain, Concat("• ", LatestText(trace, Metric::kTrainAccuracy))));
  lines[1] += Concat(
      " ",
      style.Paint(Ink::kValidation, Concat("█ ", LatestText(trace, Metric::kValidationAccuracy))));
  return lines;
}

// The parts of the picture from top to bottom…
enum PartPlace {
  kTitle,
  kProgress,
  kSpaceAbove,
  kChart,
  kLegend,
  kMilestones,
  kForecast,
  kPower,
  kSpaceBelow,
  kBills,
  kHint,
  kParts,
};
// … and what is kept first where there is little room.
constexpr PartPlace kByImportance[] = {kProgress, kBills,      kTitle,     kForecast,
                                       kChart,    kMilestones, kHint,      kPower,
                                       kLegend,   kSpaceAbove, kSpaceBelow};

struct Part {
  std::vector<std::string> lines;
  bool is_kept = false;
};

// Returns the rows that are left.
int KeepWhatFits(std::vector<Part>& parts, int rows) {
  for (const PartPlace place : kByImportance) {
    const int lines = static_cast<int>(parts[place].lines.size());
    if (lines > rows) continue;
    parts[place].is_kept = true;
    rows -= lines;
  }
  return rows;
}

}  // namespace

std::string TimeLeft(const LiveScene& scene) {
  const std::optional<double> speed = scene.usual->StepsPerSecond();
  if (!scene.end_step || !speed || *speed <= 0 || scene.has_ended) return "";
  const int64_t steps = *scene.end_step - scene.usual->last_step();
  if (steps <= 0) return "";
  const absl::Duration left = absl::Seconds(static_cast<double>(steps) / *speed);
  if (left < absl::Seconds(1)) return "less than 1 s left";
  return Concat(scene.is_end_certain ? "" : "at most ", DurationText(left), " left");
}

std::vector<std::string> LiveView(const LiveScene& scene, TerminalSize size, const Style& style) {
  const int width = size.columns;
  std::vector<Part> parts(kParts);
  parts[kTitle].lines = {Title(scene, width, style)};
  parts[kProgress].lines = {Progress(scene, width, style)};
  parts[kSpaceAbove].lines = parts[kSpaceBelow].lines = {""};
  parts[kChart].lines.resize(kLeastChartRows + kAxisLines);
  parts[kLegend].lines = {Legend(scene, style)};
  parts[kMilestones].lines = {Milestones(scene, style)};
  const std::string forecast = FollowedForecast(*scene.usual, scene.max_steps, scene.has_ended);
  if (!forecast.empty()) {
    parts[kForecast].lines = {Concat("forecast  ", forecast)};
  }
  parts[kPower].lines.resize(1);
  parts[kBills].lines = LiveBills(scene, width, style);
  if (!scene.has_ended) {
    parts[kHint].lines = {style.Paint(Ink::kFaint, "Ctrl-C detaches; the training goes on")};
  }
  const int left = KeepWhatFits(parts, size.rows);

  ChartFrame frame;
  frame.rows = std::min(kLeastChartRows + left, kMostChartRows);
  frame.columns = std::max(10, width - kAxisWidth - kPowerTextWidth);
  frame.last_step = AxisEnd(scene);
  if (scene.is_comparison) frame.stop_step = scene.usual->stop_step();
  if (parts[kChart].is_kept) parts[kChart].lines = Chart(scene, frame, style);
  parts[kPower].lines = {Power(scene, frame, style)};

  std::vector<std::string> lines;
  for (const Part& part : parts) {
    if (!part.is_kept) continue;
    for (const std::string& line : part.lines) lines.push_back(FitWidth(line, width));
  }
  return lines;
}

std::string ProgressLine(const LiveScene& scene) {
  const RunTrace& trace = *scene.usual;
  if (trace.empty()) return scene.state;
  std::vector<std::string> parts;
  std::string step = Concat("step ", CountText(trace.last_step()));
  if (scene.end_step && *scene.end_step > 0) {
    const double share = static_cast<double>(trace.last_step()) / *scene.end_step;
    step += Concat(" of ", scene.is_end_certain ? "" : "at most ", CountText(*scene.end_step), " (",
                   PercentText(std::min(1.0, share), 0), ")");
  }
  parts.push_back(step);
  parts.push_back(Concat("train ", LatestText(trace, Metric::kTrainAccuracy), " · validation ",
                         LatestText(trace, Metric::kValidationAccuracy)));
  if (const auto power = trace.Power()) parts.push_back(WattsText(*power));
  if (const auto energy = trace.Energy()) parts.push_back(EnergyText(*energy));
  if (const std::string left = TimeLeft(scene); !left.empty()) parts.push_back(left);
  return Join(parts, " · ");
}

}  // namespace powerdown
