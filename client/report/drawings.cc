#include "client/report/drawings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "client/report/html.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr double kWidth = 920;
constexpr double kHeight = 240;
constexpr double kLeft = 84;  // of the axis's numbers: "12.6 mWh"
constexpr double kRight = 16;
constexpr double kTop = 40;  // of the marks' names, in two rows
constexpr double kBottom = 34;
constexpr int kColumns = 460;  // of a curve: two pixels each on most screens
constexpr double kLetter = 7;  // pixels, about
constexpr double kBarHeight = 22;
constexpr double kBarGap = 14;
constexpr double kNameWidth = 90;
constexpr double kBarRoom = 560;
constexpr size_t kShades = 4;

std::string Text(double x, double y, std::string_view text, std::string_view ink = "muted",
                 std::string_view anchor = "start") {
  return Concat("<text class=\"", ink, "\" x=\"", Coordinate(x), "\" y=\"", Coordinate(y),
                "\" text-anchor=\"", anchor, "\">", Escaped(text), "</text>");
}

std::string Line(double x1, double y1, double x2, double y2, std::string_view ink) {
  return Concat("<line class=\"", ink, "\" x1=\"", Coordinate(x1), "\" y1=\"", Coordinate(y1),
                "\" x2=\"", Coordinate(x2), "\" y2=\"", Coordinate(y2), "\"/>");
}

std::string Box(double x, double y, double width, double height, std::string_view ink) {
  return Concat("<rect class=\"", ink, "\" x=\"", Coordinate(x), "\" y=\"", Coordinate(y),
                "\" width=\"", Coordinate(std::max(0.0, width)), "\" height=\"",
                Coordinate(std::max(0.0, height)), "\"/>");
}

std::string Svg(double width, double height, std::string_view label, std::string_view content) {
  return Concat("<svg viewBox=\"0 0 ", Coordinate(width), " ", Coordinate(height),
                "\" role=\"img\" aria-label=\"", Escaped(label), "\">", content, "</svg>\n");
}

double OnAxis(double step, int64_t last_step) {
  return kLeft + (kWidth - kLeft - kRight) * step / static_cast<double>(last_step);
}

// The curve's columns as a path, down to each one's least and up to its greatest value, so that no
// spike is lost.
std::string PathOf(const DrawnCurve& drawn, double greatest, int64_t last_step) {
  std::string path;
  const double plot = kHeight - kTop - kBottom;
  const auto add = [&](double step, double value) {
    if (!std::isfinite(value)) return;
    const double y = kHeight - kBottom - plot * std::clamp(value / greatest, 0.0, 1.0);
    path +=
        Concat(path.empty() ? "M" : "L", Coordinate(OnAxis(step, last_step)), " ", Coordinate(y));
  };
  for (const SeriesColumn& column :
       drawn.curve->Columns(0, static_cast<double>(last_step), kColumns)) {
    const SeriesBucket& bucket = column.bucket;
    add(bucket.first_x, bucket.first);
    if (bucket.points > 2) {
      add(bucket.first_x, bucket.minimum);
      add(bucket.last_x, bucket.maximum);
    }
    if (bucket.points > 1) add(bucket.last_x, bucket.last);
  }
  return Concat("<path class=\"curve ", drawn.ink, "\" d=\"", path, "\"/>");
}

double GreatestOf(const DrawnChart& chart) {
  if (chart.value_text == nullptr) return 1;
  double greatest = 0;
  for (const DrawnCurve& drawn : chart.curves) {
    if (drawn.curve->empty()) continue;
    const double most = drawn.curve->Total(0, static_cast<double>(chart.last_step)).maximum;
    if (std::isfinite(most)) greatest = std::max(greatest, most);
  }
  return greatest > 0 ? greatest : 1;
}

// Names stand above the plot, one row lower where they would cover each other.
std::string MarksOf(const DrawnChart& chart) {
  std::vector<DrawnMark> marks = chart.marks;
  std::sort(marks.begin(), marks.end(),
            [](const DrawnMark& a, const DrawnMark& b) { return a.step < b.step; });
  std::array<double, 2> taken = {0, 0};  // up to where each row is
  std::string svg;
  for (const DrawnMark& mark : marks) {
    if (mark.step > chart.last_step) continue;  // a forecast of a run that is not there yet
    const double x = OnAxis(static_cast<double>(mark.step), chart.last_step);
    const std::string name = Concat(mark.name, " ", CountText(mark.step));
    const double half = kLetter * static_cast<double>(name.size()) / 2;
    const double middle = std::clamp(x, half, kWidth - half);
    const size_t row = middle - half >= taken[0] || taken[0] <= taken[1] ? 0 : 1;
    taken[row] = middle + half + kLetter;
    svg += Line(x, kTop, x, kHeight - kBottom, "mark");
    svg += Text(middle, row == 0 ? 16 : 32, name, "ink", "middle");
  }
  return svg;
}

std::string AxesOf(const DrawnChart& chart, double greatest) {
  const double bottom = kHeight - kBottom;
  std::string svg = Line(kLeft, bottom, kWidth - kRight, bottom, "axis");
  for (const double share : {0.0, 0.5, 1.0}) {
    const double y = bottom - (bottom - kTop) * share;
    if (share > 0) svg += Line(kLeft, y, kWidth - kRight, y, "axis");
    const std::string value =
        chart.value_text == nullptr ? PercentText(share, 0) : chart.value_text(greatest * share);
    svg += Text(kLeft - 8, y + 4, value, "muted", "end");
  }
  svg += Text(kLeft, kHeight - 8, "0");
  svg += Text(kWidth - kRight, kHeight - 8, Concat(CountText(chart.last_step), " steps"), "muted",
              "end");
  double x = kLeft + 60;
  for (const DrawnCurve& drawn : chart.curves) {
    svg += Line(x, kHeight - 12, x + 18, kHeight - 12, Concat("curve ", drawn.ink));
    svg += Text(x + 24, kHeight - 8, drawn.name);
    x += 48 + kLetter * static_cast<double>(drawn.name.size());
  }
  return svg;
}

std::string ShadeOf(size_t shade) {
  return Fixed(0.25 + 0.75 * static_cast<double>(shade) / (kShades - 1), 2);
}

}  // namespace

std::string ChartSvg(const DrawnChart& chart) {
  const double greatest = GreatestOf(chart);
  std::string svg;
  if (chart.waste_from) {
    const double from = OnAxis(static_cast<double>(*chart.waste_from), chart.last_step);
    svg += Box(from, kTop, kWidth - kRight - from, kHeight - kTop - kBottom, "after");
  }
  svg += AxesOf(chart, greatest);
  for (const DrawnCurve& drawn : chart.curves) {
    if (!drawn.curve->empty()) svg += PathOf(drawn, greatest, chart.last_step);
  }
  return Svg(kWidth, kHeight, chart.title, svg + MarksOf(chart));
}

std::string BillsSvg(const Bills& bills) {
  struct Row {
    const char* name;
    const std::optional<Bill>& bill;
    const char* ink;
  };
  const Row rows[] = {{"usual", bills.usual, "bar-waste"},
                      {"stopped", bills.stopped, "bar"},
                      {"saved", bills.saved, "bar-waste"}};
  double most = 0;
  for (const Row& row : rows) {
    if (row.bill) most = std::max(most, row.bill->high.value_or(row.bill->energy).value());
  }
  if (most <= 0) return "";
  const auto length = [&](Joules energy) { return kBarRoom * energy.value() / most; };
  std::string svg;
  double y = 0;
  for (const Row& row : rows) {
    if (!row.bill) continue;
    const Bill& bill = *row.bill;
    svg += Text(0, y + 16, row.name, "ink");
    svg += Box(kNameWidth, y, length(bill.energy), kBarHeight, row.ink);
    double end = length(bill.energy);
    if (bill.low && bill.high) {
      const double middle = y + kBarHeight / 2;
      const double low = kNameWidth + length(*bill.low);
      const double high = kNameWidth + length(*bill.high);
      svg += Line(low, middle, high, middle, "band") + Line(low, y + 5, low, y + 17, "band") +
             Line(high, y + 5, high, y + 17, "band");
      end = std::max(end, length(*bill.high));
    }
    svg += Text(kNameWidth + end + 10, y + 16, EnergyText(bill.energy), "ink");
    y += kBarHeight + kBarGap;
  }
  return Svg(kWidth, y, "energy of the usual and the stopped training, with bands", svg);
}

std::string ForecastSvg(const Forecast& forecast, std::optional<int64_t> grok_step,
                        int64_t last_step) {
  const ForecastBand* band = ShownBand(forecast);
  if (!forecast.grok_step || band == nullptr) return "";
  constexpr double kTall = 74;
  constexpr double kMiddle = 36;
  const int64_t end = std::max({last_step, *forecast.grok_step, grok_step.value_or(0)});
  const auto at = [&](int64_t step) { return OnAxis(static_cast<double>(step), end); };
  const double low = at(band->low_step);
  const double high = band->high_step ? at(std::min(*band->high_step, end)) : kWidth - kRight;
  std::string svg = Line(kLeft, kMiddle, kWidth - kRight, kMiddle, "axis");
  svg += Line(low, kMiddle, high, kMiddle, "band") +
         Line(low, kMiddle - 8, low, kMiddle + 8, "band") +
         Line(high, kMiddle - 8, high, kMiddle + 8, "band");
  const auto place = [&](double x, const std::string& text) {
    const double half = kLetter * static_cast<double>(text.size()) / 2;
    return std::clamp(x, half, kWidth - half);
  };
  const std::string predicted = Concat("predicted ", CountText(*forecast.grok_step));
  const double x = at(*forecast.grok_step);
  svg += Box(x - 4, kMiddle - 4, 8, 8, "bar");
  svg += Text(place(x, predicted), 16, predicted, "ink", "middle");
  if (grok_step) {
    const std::string actual = Concat("grokked ", CountText(*grok_step));
    svg += Box(at(*grok_step) - 4, kMiddle - 4, 8, 8, "bar-waste");
    svg += Text(place(at(*grok_step), actual), 64, actual, "ink", "middle");
  }
  return Svg(kWidth, kTall, "forecast against actual", svg);
}

std::string AnswersSvg(const AnswerGrid& grid) {
  const int64_t size = grid.symbols;
  // Cells of one colour are one path; in a row, neighbours are one piece of it.
  std::array<std::string, 2 * kShades + 1> paths;
  const auto colour = [&](int64_t x, int64_t y) -> size_t {
    const auto cell = static_cast<size_t>(x * size + y);
    if (grid.origins[cell] == AnswerGrid::Origin::kNone) return 2 * kShades;
    const size_t shade = grid.confidences[cell] * kShades / 256;
    return (grid.answers[cell] == grid.expected[cell] ? 0 : kShades) + shade;
  };
  for (int64_t y = 0; y < size; ++y) {
    for (int64_t x = 0; x < size;) {
      const size_t of = colour(x, y);
      int64_t end = x + 1;
      while (end < size && colour(end, y) == of) ++end;
      paths[of] += Concat("M", x, " ", size - 1 - y, "h", end - x, "v1H", x, "z");
      x = end;
    }
  }
  std::string svg;
  for (size_t of = 0; of < paths.size(); ++of) {
    if (paths[of].empty()) continue;
    const bool is_none = of == 2 * kShades;
    svg += Concat("<path class=\"",
                  is_none        ? "none"
                  : of < kShades ? "right"
                                 : "wrong",
                  "\" opacity=\"", is_none ? "1" : ShadeOf(of % kShades), "\" d=\"", paths[of],
                  "\"/>");
  }
  return Svg(static_cast<double>(size), static_cast<double>(size),
             Concat("answers at step ", CountText(grid.at_step)), svg);
}

}  // namespace powerdown
