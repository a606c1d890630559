#include "client/cli/terminal/chart.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr int kEighths = 8;
constexpr std::string_view kLevels[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::string_view kShade = "░";
constexpr std::string_view kDot = "•";

// One value a column; nullopt beyond the last point.
using Columns = std::vector<std::optional<double>>;

// Points that fall into one column show their lowest, so that no dip is lost; a column between two
// points is on the line through them.
Columns Sample(const SeriesPyramid& curve, const ChartFrame& frame) {
  Columns columns(frame.columns);
  if (curve.empty()) return columns;
  const double last = static_cast<double>(frame.last_step);
  for (const SeriesColumn& column : curve.Columns(0, last, frame.columns)) {
    if (!std::isnan(column.bucket.minimum)) columns[column.column] = column.bucket.minimum;
  }
  const double per_column = last / frame.columns;
  for (int i = 0; i < frame.columns; ++i) {
    const double middle = (i + 0.5) * per_column;
    if (columns[i] || middle < curve.first_x() || middle > curve.last_x()) continue;
    columns[i] = curve.At(middle);
  }
  // The last step of all is the right edge itself.
  if (curve.last_x() >= last && frame.columns > 0) columns.back() = curve.last();
  return columns;
}

int ColumnOf(int64_t step, const ChartFrame& frame) {
  const double share = static_cast<double>(step) / static_cast<double>(frame.last_step);
  return std::clamp(static_cast<int>(share * frame.columns), 0, frame.columns - 1);
}

// How many eighths of a cell in `row` (0 is the lowest) a value fills.
int FilledEighths(const std::optional<double>& value, int row, int rows) {
  if (!value || !std::isfinite(*value)) return 0;
  const int level = static_cast<int>(std::lround(std::clamp(*value, 0.0, 1.0) * rows * kEighths));
  return std::clamp(level - row * kEighths, 0, kEighths);
}

bool HasDot(const std::optional<double>& value, int row, int rows) {
  if (!value || !std::isfinite(*value)) return false;
  return std::min(static_cast<int>(std::clamp(*value, 0.0, 1.0) * rows), rows - 1) == row;
}

std::string AxisLabel(int row, int rows) {
  if (row == rows - 1) return "100% ┤";
  if (2 * row == rows) return " 50% ┤";
  return "     │";
}

// Joins neighbours of one ink, so that a row needs few colour codes.
class InkedRow {
 public:
  explicit InkedRow(const Style& style) : style_(style) {}
  void Add(Ink ink, std::string_view text) {
    if (ink != ink_) Flush();
    ink_ = ink;
    pending_ += text;
  }
  std::string Text() {
    Flush();
    return text_;
  }

 private:
  void Flush() {
    text_ += style_.Paint(ink_, pending_);
    pending_.clear();
  }
  const Style& style_;
  Ink ink_ = Ink::kPlain;
  std::string pending_;
  std::string text_;
};

std::string PlotRow(const Columns& train, const Columns& validation, const ChartFrame& frame,
                    int row, const Style& style) {
  const int first_waste = frame.stop_step ? ColumnOf(*frame.stop_step, frame) + 1 : frame.columns;
  InkedRow cells(style);
  for (int i = 0; i < frame.columns; ++i) {
    const bool is_waste = i >= first_waste;
    const int eighths = FilledEighths(validation[i], row, frame.rows);
    if (eighths == 0 && HasDot(train[i], row, frame.rows)) {
      cells.Add(Ink::kTrain, kDot);
    } else if (is_waste) {
      cells.Add(Ink::kWaste, eighths >= kEighths / 2 ? kShade : kLevels[eighths]);
    } else {
      cells.Add(Ink::kValidation, kLevels[eighths]);
    }
  }
  return Concat(style.Paint(Ink::kFaint, AxisLabel(row, frame.rows)), cells.Text());
}

std::string AxisWithMarks(const ChartFrame& frame, const std::vector<ChartMark>& marks,
                          const Style& style) {
  std::vector<char> letters(frame.columns, '\0');
  for (const ChartMark& mark : marks) {
    if (mark.step <= frame.last_step) letters[ColumnOf(mark.step, frame)] = mark.letter;
  }
  InkedRow axis(style);
  axis.Add(Ink::kFaint, "  0% └");
  for (const char letter : letters) {
    if (letter == '\0') {
      axis.Add(Ink::kFaint, "─");
    } else {
      axis.Add(Ink::kStrong, std::string_view(&letter, 1));
    }
  }
  return axis.Text();
}

}  // namespace

std::vector<std::string> AccuracyChart(const RunTrace& trace, const ChartFrame& frame,
                                       const std::vector<ChartMark>& marks, const Style& style) {
  const Columns train = Sample(trace.series(Metric::kTrainAccuracy), frame);
  const Columns validation = Sample(trace.series(Metric::kValidationAccuracy), frame);
  std::vector<std::string> lines;
  for (int row = frame.rows - 1; row >= 0; --row) {
    lines.push_back(PlotRow(train, validation, frame, row, style));
  }
  lines.push_back(AxisWithMarks(frame, marks, style));
  const std::string end = Concat(CountText(frame.last_step), " steps");
  lines.push_back(style.Paint(
      Ink::kFaint, Concat(std::string(kAxisWidth, ' '), "0", PadLeft(end, frame.columns - 1))));
  return lines;
}

std::string PowerLine(const SeriesPyramid& curve, const ChartFrame& frame, const Style& style) {
  const Columns power = Sample(curve, frame);
  double highest = 0;
  for (const auto& value : power) highest = std::max(highest, value.value_or(0));
  if (highest <= 0) return "";
  const int first_waste = frame.stop_step ? ColumnOf(*frame.stop_step, frame) + 1 : frame.columns;
  InkedRow cells(style);
  for (int i = 0; i < frame.columns; ++i) {
    const int level = power[i] ? std::max(1, FilledEighths(*power[i] / highest, 0, 1)) : 0;
    cells.Add(i >= first_waste ? Ink::kWaste : Ink::kPlain, kLevels[level]);
  }
  return cells.Text();
}

std::string Bar(double share, int columns) {
  const int eighths =
      static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * columns * kEighths));
  // Eighths from the left: U+2588 is a full block, U+258F one eighth.
  constexpr std::string_view kParts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  return Concat(Repeat("█", eighths / kEighths), kParts[eighths % kEighths]);
}

int64_t RoundAxisEnd(int64_t step) {
  constexpr double kSteps[] = {1, 1.5, 2, 3, 4, 5, 7.5, 10};
  for (double decade = 10;; decade *= 10) {
    for (const double factor : kSteps) {
      const auto end = static_cast<int64_t>(decade * factor);
      if (end >= step) return end;
    }
  }
}

}  // namespace powerdown
