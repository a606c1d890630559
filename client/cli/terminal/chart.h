// Curves over steps, drawn with characters. Pure. They differ without colour too: validation is a
// filled area, training is dots, the part after the stop is shaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/text/style.h"
#include "client/model/run_trace.h"

namespace powerdown {

struct ChartMark {
  char letter = 'S';
  int64_t step = 0;
};

struct ChartFrame {
  int64_t last_step = 1;  // at the right edge
  int columns = 60;       // of the plot, without its axis
  int rows = 8;
  std::optional<int64_t> stop_step = {};  // from here on the area is shaded
};

inline constexpr int kAxisWidth = 6;  // of "100% ┤", left of each plot

// Rows from top to bottom, then the axis with the marks, then the axis' numbers.
std::vector<std::string> AccuracyChart(const RunTrace& trace, const ChartFrame& frame,
                                       const std::vector<ChartMark>& marks, const Style& style);

// One line of bars for the power, on the same axis. Empty where no power is known.
std::string PowerLine(const SeriesPyramid& power, const ChartFrame& frame, const Style& style);

// A bar of `columns`, filled up to `share` in eighths of a column.
std::string Bar(double share, int columns);

// A step at or above `step` at which an axis ends well: 10, 15, 20, 30, 40, 50, 75, 100, …
int64_t RoundAxisEnd(int64_t step);

}  // namespace powerdown
