// The drawings of a report as inline SVG: curves with their milestones, bills with their bands, a
// forecast against what came, and answers as a square of cells. Colours are classes of HtmlPage's
// style. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/model/bills.h"
#include "common/run/forecast.h"
#include "common/run/run.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

// A line of a chart; the curve outlives the drawing.
struct DrawnCurve {
  const SeriesPyramid* curve = nullptr;
  const char* ink = "validation";  // a class of the style
  std::string name;
};
struct DrawnMark {
  std::string name;  // "grokked"
  int64_t step = 0;
};
struct DrawnChart {
  std::string title;
  std::vector<DrawnCurve> curves;
  std::vector<DrawnMark> marks;
  int64_t last_step = 1;
  std::optional<int64_t> waste_from;  // shaded from here on
  // Of the numbers beside the axis, which ends at the greatest value; null: shares, 0 to 100%.
  std::string (*value_text)(double value) = nullptr;
};
std::string ChartSvg(const DrawnChart& chart);

// Bars of the usual, the stopped and the saved energy, each with its band.
std::string BillsSvg(const Bills& bills);

// The interval of a forecast on an axis of steps, and where the grok came.
std::string ForecastSvg(const Forecast& forecast, std::optional<int64_t> grok_step,
                        int64_t last_step);

// Right and wrong answers to every question, paler where the model was not sure.
std::string AnswersSvg(const AnswerGrid& grid);

}  // namespace powerdown
