#include "client/view/chart_painter.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr float kHeader = 28;
constexpr float kLeft = 52;
constexpr float kBottom = 40;  // axis labels and the footer
constexpr float kMarkRow = 19;
constexpr float kRight = 12;
constexpr int kMostMarkRows = 4;  // memorised, grokked, predicted, stopped

Scale XScale(const ChartGroup& group, const Range& all, const ChartArea& area) {
  return Scale(group.shown.value_or(all), area.left, area.right);
}

}  // namespace

ChartPainter::ChartPainter(const Look& look, const ChartContent& content, const ChartGroup& group,
                           ImVec2 place, ImVec2 size, const Range& all, bool is_log)
    : look_(look),
      content_(content),
      group_(group),
      palette_(look.palette()),
      list_(ImGui::GetWindowDrawList()),
      place_(place),
      size_(size),
      area_{place.x + look.Px(kLeft), place.y + look.Px(kHeader),
            place.x + size.x - look.Px(kRight), place.y + size.y - look.Px(kBottom)},
      x_(XScale(group, all, area_)),
      y_({0, 1}, area_.bottom, area_.top) {
  PlaceMarks();
  area_.top += static_cast<float>(mark_rows_) * look_.Px(kMarkRow);
  FetchCurves();
  y_ = Scale(YRange(is_log), area_.bottom, area_.top, is_log);
}

double ChartPainter::OnAxis(double step) const {
  const RunTrace* reference = content_.reference != nullptr ? content_.reference
                              : content_.lines.empty()      ? nullptr
                                                            : content_.lines[0].trace;
  return reference == nullptr ? step : reference->OnAxis(group_.axis, step);
}

void ChartPainter::FetchCurves() {
  const int columns = std::max(1, static_cast<int>(area_.right - area_.left));
  for (const ChartLine& line : content_.lines) {
    Range steps = x_.range();
    if (group_.axis != Axis::kStep && line.trace != nullptr) {
      steps = {line.trace->StepAt(group_.axis, steps.from),
               line.trace->StepAt(group_.axis, steps.to)};
    }
    // The neighbours just outside, so that lines run on to the edge.
    if (!line.series->empty()) {
      const SeriesBucket before = line.series->Total(line.series->first_x(), steps.from);
      const SeriesBucket after = line.series->Total(steps.to, line.series->last_x());
      if (before.points > 0) steps.from = before.last_x;
      if (after.points > 0) steps.to = after.first_x;
    }
    curves_.push_back({&line, line.series->Columns(steps.from, steps.to, columns)});
  }
}

Range ChartPainter::YRange(bool is_log) const {
  if (content_.y_range && !is_log) return *content_.y_range;
  Range range{1, 0};
  for (const Curve& curve : curves_) {
    const Range extremes = ExtremesOf(curve.columns, {1, 0});
    if (extremes.to < extremes.from) continue;
    range = range.to < range.from
                ? extremes
                : Range{std::min(range.from, extremes.from), std::max(range.to, extremes.to)};
  }
  if (range.to < range.from) return {0, 1};
  if (is_log) return {std::max(range.from, range.to * 1e-9) / 1.5, range.to * 1.5};
  if (range.length() == 0) return {range.from - 1, range.to + 1};
  if (range.from > 0 && range.from < 0.5 * range.to) range.from = 0;
  const Range padded = Padded(range, 0.06);
  return {range.from >= 0 ? std::max(0.0, padded.from) : padded.from, padded.to};
}

void ChartPainter::PlaceMarks() {
  float ends[kMostMarkRows];
  std::fill_n(ends, kMostMarkRows, area_.left - look_.Px(kLeft));
  // From left to right, so that no mark's line runs through another one's label.
  std::vector<const ChartMark*> ascending;
  for (const ChartMark& mark : content_.marks) ascending.push_back(&mark);
  std::stable_sort(ascending.begin(), ascending.end(),
                   [](const ChartMark* a, const ChartMark* b) { return a->step < b->step; });
  for (const ChartMark* const each : ascending) {
    const ChartMark& mark = *each;
    const float x = x_.ToPixel(OnAxis(mark.step));
    if (!(x >= area_.left - 1 && x <= area_.right + 1)) continue;
    const float width = WidthOf(look_.fonts.small, Concat(mark.symbol, " ", mark.label));
    const float label = std::clamp(x - look_.Px(4), area_.left, area_.right - width);
    int row = 0;
    while (row < kMostMarkRows - 1 && label < ends[row] + look_.Px(8)) ++row;
    ends[row] = label + width;
    mark_rows_ = std::max(mark_rows_, row + 1);
    marks_.push_back({each, x, label, row});
  }
}

void ChartPainter::Paint() {
  PaintHeader();
  PaintGrid();
  list_->PushClipRect({area_.left, area_.top - 1}, {area_.right + 1, area_.bottom + 1}, true);
  PaintBands();
  PaintGaps();
  list_->PopClipRect();
  PaintMarks();
  list_->PushClipRect({area_.left, area_.top - look_.Px(2)},
                      {area_.right + look_.Px(2), area_.bottom + look_.Px(2)}, true);
  for (const Curve& curve : curves_) PaintCurve(curve);
  PaintCursor();
  list_->PopClipRect();
  PaintFooter();
}

void ChartPainter::PaintHeader() {
  const float middle = place_.y + look_.Px(4);
  DrawText(list_, look_.fonts.strong, {place_.x, middle}, palette_.text, content_.title);
  float x = place_.x + WidthOf(look_.fonts.strong, content_.title) + look_.Px(16);
  const float most = place_.x + size_.x - look_.Px(group_.shown ? 240 : 140);
  for (const Curve& curve : curves_) {
    const ChartLine& line = *curve.line;
    if (line.is_ghost || line.label.empty()) continue;
    std::string text = line.label;
    const SeriesColumn* under = group_.cursor           ? Under(curve)
                                : curve.columns.empty() ? nullptr
                                                        : &curve.columns.back();
    if (under != nullptr) text += Concat(" ", ValueText(content_.values, under->bucket.last));
    const float width = WidthOf(look_.fonts.small, text);
    if (x + look_.Px(26) + width > most) break;
    const float y = middle + look_.fonts.strong->FontSize * 0.55f;
    StrokeLine({{x, y}, {x + look_.Px(20), y}}, line.color, line.dash, look_.Px(2.5f));
    DrawText(list_, look_.fonts.small, {x + look_.Px(26), middle + look_.Px(2)}, palette_.muted,
             text);
    x += look_.Px(26) + width + look_.Px(18);
  }
}

void ChartPainter::PaintGrid() {
  ImFont* font = look_.fonts.small;
  for (const Tick& tick : y_.Ticks(look_.Px(44))) {
    const float y = std::round(y_.ToPixel(tick.value)) + 0.5f;
    if (y < area_.top - 1 || y > area_.bottom + 1) continue;
    list_->AddLine({area_.left, y}, {area_.right, y},
                   tick.is_minor ? WithAlpha(palette_.grid, 0.5f) : palette_.grid);
    if (tick.label.empty()) continue;
    const std::string label = content_.values == Values::kPercent ? PercentText(tick.value, 0)
                              : content_.values == Values::kNumber
                                  ? tick.label
                                  : ValueText(content_.values, tick.value);
    DrawText(list_, font, {area_.left - look_.Px(8) - WidthOf(font, label), y - font->FontSize / 2},
             palette_.faint, label);
  }
  const float base = std::round(area_.bottom) + 0.5f;
  list_->AddLine({area_.left, base}, {area_.right, base}, palette_.border);
  for (const Tick& tick : x_.Ticks(look_.Px(96))) {
    const float x = std::round(x_.ToPixel(tick.value)) + 0.5f;
    list_->AddLine({x, base}, {x, base + look_.Px(4)}, palette_.border);
    const float width = WidthOf(font, tick.label);
    const float left = std::clamp(x - width / 2, place_.x, place_.x + size_.x - width);
    DrawText(list_, font, {left, base + look_.Px(5)}, palette_.faint, tick.label);
  }
}

void ChartPainter::PaintHatch(float left, float right, Color color) {
  const float spacing = look_.Px(9);
  const float height = area_.bottom - area_.top;
  list_->PushClipRect({left, area_.top}, {right, area_.bottom}, true);
  for (float x = left - height; x < right; x += spacing) {
    list_->AddLine({x, area_.bottom}, {x + height, area_.top}, color, look_.Px(1));
  }
  list_->PopClipRect();
}

void ChartPainter::PaintBands() {
  for (const ChartBand& band : content_.bands) {
    const float left = std::max(area_.left, x_.ToPixel(OnAxis(band.from)));
    const float right = std::min(area_.right, x_.ToPixel(OnAxis(band.to)));
    if (!(right > left)) continue;
    list_->AddRectFilled({left, area_.top}, {right, area_.bottom}, WithAlpha(band.color, 0.07f));
    PaintHatch(left, right, WithAlpha(band.color, 0.20f));
    const float width = WidthOf(look_.fonts.strong, band.label);
    if (band.label.empty() || right - left < width + look_.Px(24)) continue;
    const ImVec2 at = {(left + right - width) / 2, (area_.top + area_.bottom) / 2 - look_.Px(10)};
    list_->AddRectFilled({at.x - look_.Px(10), at.y - look_.Px(5)},
                         {at.x + width + look_.Px(10), at.y + look_.Px(22)},
                         WithAlpha(palette_.surface, 0.92f), look_.Px(spacing::kSmallRadius));
    DrawText(list_, look_.fonts.strong, at, band.color, band.label);
  }
}

void ChartPainter::PaintGaps() {
  for (const Gap& gap : content_.gaps) {
    const float left = x_.ToPixel(OnAxis(gap.from));
    const float right = std::max(left + look_.Px(3), x_.ToPixel(OnAxis(gap.to)));
    list_->AddRectFilled({left, area_.top}, {right, area_.bottom}, palette_.sunken);
    DrawText(list_, look_.fonts.small, {left + look_.Px(4), area_.bottom - look_.Px(18)},
             palette_.faint, "gap");
  }
}

void ChartPainter::StrokeLine(const std::vector<Pixel>& line, Color color, Dash dash,
                              float thickness) {
  static_assert(sizeof(Pixel) == sizeof(ImVec2));
  if (line.size() < 2) return;
  if (dash == Dash::kSolid) {
    list_->AddPolyline(reinterpret_cast<const ImVec2*>(line.data()), static_cast<int>(line.size()),
                       color, 0, thickness);
    return;
  }
  const float on = look_.Px(dash == Dash::kDashed ? 7 : 2);
  const float period = look_.Px(dash == Dash::kDashed ? 11 : 5);
  float phase = 0;
  for (size_t i = 1; i < line.size(); ++i) {
    const ImVec2 from = {line[i - 1].x, line[i - 1].y};
    const ImVec2 way = {line[i].x - from.x, line[i].y - from.y};
    const float length = std::hypot(way.x, way.y);
    for (float at = 0; at < length;) {
      const bool is_on = phase < on;
      const float rest = std::min((is_on ? on : period) - phase, length - at);
      if (is_on) {
        list_->AddLine(
            {from.x + way.x * at / length, from.y + way.y * at / length},
            {from.x + way.x * (at + rest) / length, from.y + way.y * (at + rest) / length}, color,
            thickness);
      }
      at += std::max(rest, 0.1f);
      phase = std::fmod(phase + std::max(rest, 0.1f), period);
    }
  }
}

void ChartPainter::PaintCurve(const Curve& curve) {
  const ChartLine& line = *curve.line;
  std::function<double(double)> place;
  if (group_.axis != Axis::kStep && line.trace != nullptr) {
    place = [&](double step) { return line.trace->OnAxis(group_.axis, step); };
  }
  const SeriesShape shape = ShapeOf(curve.columns, x_, y_, place);
  const Color color = line.is_ghost ? WithAlpha(line.color, 0.4f) : line.color;
  const Color faint = WithAlpha(color, 0.55f);
  const auto is_seen = [](const Bar& bar) { return bar.bottom - bar.top >= 1; };
  const auto seen = static_cast<int>(std::count_if(shape.bars.begin(), shape.bars.end(), is_seen));
  list_->PrimReserve(6 * seen, 4 * seen);  // once: for each it costs as much as to draw it
  for (const Bar& bar : shape.bars) {
    if (!is_seen(bar)) continue;
    list_->PrimRect({bar.x - look_.Px(0.5f), bar.top}, {bar.x + look_.Px(0.7f), bar.bottom}, faint);
  }
  for (const std::vector<Pixel>& points : shape.lines) {
    if (points.size() == 1) {
      list_->AddCircleFilled({points[0].x, points[0].y}, look_.Px(2.5f), color);
    }
    StrokeLine(points, color, line.is_ghost ? Dash::kDotted : line.dash, look_.Px(2));
  }
  for (const Pixel& place_of : shape.not_finite) {
    const float size = look_.Px(4);
    list_->AddTriangleFilled({place_of.x - size, area_.bottom}, {place_of.x + size, area_.bottom},
                             {place_of.x, area_.bottom - 2 * size}, palette_.bad);
  }
}

void ChartPainter::PaintMarks() {
  for (const PlacedMark& placed : marks_) {
    const ChartMark& mark = *placed.mark;
    const float top = area_.top - look_.Px(kMarkRow) * static_cast<float>(mark_rows_ - placed.row);
    const float x = std::round(placed.x) + 0.5f;
    StrokeLine({{x, top + look_.Px(18)}, {x, area_.bottom}}, WithAlpha(mark.color, 0.9f),
               Dash::kDotted, look_.Px(1.5f));
    DrawText(list_, look_.fonts.small, {placed.label_x, top + look_.Px(1)}, mark.color,
             Concat(mark.symbol, " ", mark.label));
  }
}

const SeriesColumn* ChartPainter::Under(const Curve& curve) const {
  const RunTrace* trace = curve.line->trace;
  const double step =
      trace == nullptr ? *group_.cursor : trace->StepAt(group_.axis, *group_.cursor);
  return NearestColumn(curve.columns, step);
}

void ChartPainter::PaintCursor() {
  if (!group_.cursor) return;
  const float x = std::round(x_.ToPixel(*group_.cursor)) + 0.5f;
  list_->AddLine({x, area_.top}, {x, area_.bottom}, palette_.faint);
  for (const Curve& curve : curves_) {
    const SeriesColumn* under = Under(curve);
    if (under == nullptr || !std::isfinite(under->bucket.last)) continue;
    const RunTrace* trace = curve.line->trace;
    const double at =
        trace == nullptr ? under->bucket.last_x : trace->OnAxis(group_.axis, under->bucket.last_x);
    const ImVec2 point = {x_.ToPixel(at), y_.ToPixel(under->bucket.last)};
    list_->AddCircleFilled(point, look_.Px(5), palette_.surface);
    list_->AddCircleFilled(point, look_.Px(3.5f), curve.line->color);
  }
}

void ChartPainter::PaintFooter() {
  int64_t points = 0;
  double densest = 0;
  int64_t not_finite = 0;
  for (const Curve& curve : curves_) {
    for (const SeriesColumn& column : curve.columns) {
      points += column.bucket.points;
      not_finite += column.bucket.not_finite;
      densest = std::max(densest, static_cast<double>(column.bucket.points));
    }
  }
  ImFont* font = look_.fonts.small;
  if (points == 0) {
    const float width = WidthOf(font, content_.empty_text);
    DrawText(list_, font, {(area_.left + area_.right - width) / 2, (area_.top + area_.bottom) / 2},
             palette_.muted, content_.empty_text);
    return;
  }
  std::string text = Concat(CountText(points), " points · ",
                            densest <= 1 ? "all drawn"
                                         : Concat("up to ", CountText(std::llround(densest)),
                                                  " a pixel, minima and maxima exact"));
  if (!content_.gaps.empty()) text += Concat(" · ", content_.gaps.size(), " gaps");
  if (not_finite > 0) text += Concat(" · ", CountText(not_finite), " not finite ▲");
  const char* axis = group_.axis == Axis::kStep   ? "step"
                     : group_.axis == Axis::kTime ? "seconds of training"
                                                  : "Wh";
  const float y = area_.bottom + look_.Px(23);
  DrawText(list_, font, {area_.left, y}, palette_.faint, axis);
  DrawText(list_, font, {area_.right - WidthOf(font, text), y}, palette_.faint, text);
}

void ChartPainter::PaintFocus() {
  list_->AddRect({place_.x - look_.Px(6), place_.y - look_.Px(4)},
                 {place_.x + size_.x + look_.Px(6), place_.y + size_.y + look_.Px(2)},
                 palette_.accent, look_.Px(spacing::kSmallRadius), 0, look_.Px(2));
}

void ChartPainter::PaintBox(float from, float to) {
  list_->AddRectFilled({std::min(from, to), area_.top}, {std::max(from, to), area_.bottom},
                       WithAlpha(palette_.accent, 0.15f));
}

void ChartPainter::PaintTooltip() {
  if (!group_.cursor) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look_.Px(12), look_.Px(8)});
  ImGui::BeginTooltip();
  Say(look_.fonts.strong, palette_.text, AxisText(group_.axis, *group_.cursor));
  for (const Curve& curve : curves_) {
    const SeriesColumn* under = Under(curve);
    if (under == nullptr || curve.line->label.empty()) continue;
    const SeriesBucket& bucket = under->bucket;
    std::string text = Concat(curve.line->label, "  ");
    if (bucket.points == 1) {
      text += Concat(ValueText(content_.values, bucket.last), "  at step ",
                     CountText(std::llround(bucket.last_x)));
    } else {
      text += Concat(ValueText(content_.values, bucket.minimum), " … ",
                     ValueText(content_.values, bucket.maximum), "  in ", CountText(bucket.points),
                     " points, steps ", CountText(std::llround(bucket.first_x)), " to ",
                     CountText(std::llround(bucket.last_x)));
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddRectFilled({at.x, at.y + look_.Px(3)},
                                              {at.x + look_.Px(9), at.y + look_.Px(12)},
                                              curve.line->color, look_.Px(2));
    ImGui::Dummy({look_.Px(10), 1});
    ImGui::SameLine();
    Say(look_.fonts.small, palette_.text, text);
  }
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

}  // namespace powerdown
