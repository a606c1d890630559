// A chart: curves of runs with bands, marks and a linked cursor. Wheel zooms at the cursor, a drag
// pans, a drag with Shift or the right button zooms to a box, a double click shows all. With the
// keyboard's focus: W/S zoom, A/D pan, F all, Y log axis.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/chart/scale.h"
#include "client/model/intent.h"
#include "client/model/run_trace.h"
#include "client/view/look.h"
#include "imgui.h"

namespace powerdown {

enum class Dash { kSolid, kDashed, kDotted };
enum class Values { kPercent, kNumber, kWatts, kWattHours };

struct ChartLine {
  std::string label;
  const RunTrace* trace = nullptr;
  const SeriesPyramid* series = nullptr;
  Color color = 0;
  Dash dash = Dash::kSolid;
  bool is_ghost = false;     // reported by an attempt that a later one replaced
  std::string heading = {};  // of its CSV column; empty: the label
};
// Steps from..to, for example those trained after the model had generalised.
struct ChartBand {
  double from = 0;
  double to = 0;
  std::string label;
  Color color = 0;
};
struct ChartMark {
  double step = 0;
  std::string symbol;
  std::string label;
  Color color = 0;
};

struct ChartContent {
  std::string id;
  std::string title;
  Values values = Values::kNumber;
  std::optional<Range> y_range;  // else as far as the curves go
  bool starts_log = false;
  std::optional<double> end_step;  // the axis ends here or later
  std::vector<ChartLine> lines;
  std::vector<ChartBand> bands;
  std::vector<ChartMark> marks;
  std::vector<Gap> gaps;
  std::string empty_text = "No step has been reported yet.";
  // The run whose axis the bands and marks use; null: that of the first line.
  const RunTrace* reference = nullptr;
};

// Shared by the charts of one view, so that they zoom and pan together.
struct ChartGroup {
  Axis axis = Axis::kStep;
  std::optional<Range> shown;  // on the axis; nullopt: all, which follows a live run
  std::optional<double> cursor;
  int cursor_frame = -1;
};

struct ChartState {
  std::optional<bool> is_log;
  std::optional<ImVec2> box_start;
};

std::string ValueText(Values values, double value);
std::string AxisText(Axis axis, double value);  // "step 712", "9.2 s", "18.0 mWh"

void DrawChart(const Look& look, const ChartContent& content, ChartState& state, ChartGroup& group,
               ImVec2 size, Intents& intents);

// Draws the choice of the horizontal axis for the charts of a group.
void DrawAxisChoice(const Look& look, ChartGroup& group);

// All points of the lines as CSV: the step, then one column for each line.
std::string ChartCsv(const ChartContent& content);

}  // namespace powerdown
