#include "client/view/scatter.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "client/chart/scale.h"
#include "client/model/phrases.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr float kDot = 4;
constexpr float kReach = 10;  // of the mouse
// Values that span a larger ratio than this get a logarithmic axis.
constexpr double kLogSpan = 30;
constexpr int kShapes = 4;

struct Dot {
  const ExploredRun* explored;
  double x, y;  // in the units of their axes
  int kind;
};

struct Span {
  Range range{0, 1};
  bool is_log = false;
};

Span SpanOf(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low > 0 && *high / *low > kLogSpan) return {{*low / 1.3, *high * 1.3}, true};
  if (*low == *high) {
    const double room = *low == 0 ? 1 : std::abs(*low) / 2;
    return {{*low - room, *high + room}, false};
  }
  return {Padded({*low, *high}, 0.06), false};
}

void DrawShape(ImDrawList* list, ImVec2 at, float size, int kind, Color color) {
  switch (kind % kShapes) {
    case 0:
      return list->AddCircleFilled(at, size, color, 16);
    case 1:
      return list->AddRectFilled({at.x - size, at.y - size}, {at.x + size, at.y + size}, color);
    case 2:
      return list->AddTriangleFilled({at.x, at.y - size * 1.2f}, {at.x - size * 1.1f, at.y + size},
                                     {at.x + size * 1.1f, at.y + size}, color);
    default:
      return list->AddQuadFilled({at.x, at.y - size * 1.3f}, {at.x + size * 1.3f, at.y},
                                 {at.x, at.y + size * 1.3f}, {at.x - size * 1.3f, at.y}, color);
  }
}

class ScatterPainter {
 public:
  ScatterPainter(const Look& look, const ScatterContent& content, ImVec2 place, ImVec2 size)
      : look_(look),
        content_(content),
        palette_(look.palette()),
        list_(ImGui::GetWindowDrawList()),
        place_(place),
        size_(size) {
    Collect();
    std::vector<double> xs, ys;
    for (const Dot& dot : dots_) xs.push_back(dot.x), ys.push_back(dot.y);
    Span x = SpanOf(xs);
    Span y = SpanOf(ys);
    if (HasDiagonal() && !dots_.empty()) {
      xs.insert(xs.end(), ys.begin(), ys.end());
      x = y = SpanOf(xs);
    }
    x_ = Scale(x.range, place.x + look.Px(56), place.x + size.x - look.Px(12), x.is_log);
    y_ = Scale(y.range, place.y + size.y - look.Px(40), place.y + look.Px(30), y.is_log);
  }

  bool HasDiagonal() const {
    return content_.x->name.find("grok_step") != std::string_view::npos &&
           content_.y->name.find("grok_step") != std::string_view::npos;
  }
  bool empty() const { return dots_.empty(); }

  void Paint() {
    PaintLegend();
    PaintGrid();
    if (HasDiagonal()) {
      const Range& range = x_.range();
      list_->AddLine({x_.ToPixel(range.from), y_.ToPixel(range.from)},
                     {x_.ToPixel(range.to), y_.ToPixel(range.to)}, palette_.faint, look_.Px(1));
    }
    for (const Dot& dot : dots_) {
      if (IsChosen(dot)) PaintInterval(dot);
    }
    for (const Dot& dot : dots_) PaintDot(dot);
  }

  const Dot* Under(ImVec2 mouse) const {
    const Dot* nearest = nullptr;
    float least = look_.Px(kReach) * look_.Px(kReach);
    for (const Dot& dot : dots_) {
      const float dx = x_.ToPixel(dot.x) - mouse.x;
      const float dy = y_.ToPixel(dot.y) - mouse.y;
      if (dx * dx + dy * dy > least) continue;
      least = dx * dx + dy * dy;
      nearest = &dot;
    }
    return nearest;
  }

  void Tell(const Dot& dot) const {
    const Run& run = *dot.explored->run;
    Hint(look_, Concat(run.name.empty() ? TrainingText(run) : run.name, "\n", content_.x->heading,
                       " ", content_.x->text(dot.x * content_.x->unit), "\n", content_.y->heading,
                       " ", content_.y->text(dot.y * content_.y->unit),
                       run.hardware.empty() ? "" : "\n", run.hardware));
  }

 private:
  void Collect() {
    for (const ExploredRun& explored : *content_.runs) {
      const auto x = content_.x->value(explored);
      const auto y = content_.y->value(explored);
      if (!x || !y || !std::isfinite(*x) || !std::isfinite(*y)) continue;
      const std::string& hardware = explored.run->hardware;
      const auto kind = kinds_.try_emplace(hardware, static_cast<int>(kinds_.size())).first->second;
      dots_.push_back({&explored, *x / content_.x->unit, *y / content_.y->unit, kind});
    }
  }

  void PaintLegend() {
    float x = place_.x;
    const std::string counted =
        Concat(dots_.size(), " of ", content_.runs->size(), " runs have both");
    const float right = place_.x + size_.x - WidthOf(look_.fonts.small, counted);
    DrawText(list_, look_.fonts.small, {right, place_.y}, palette_.faint, counted);
    for (const auto& [hardware, kind] : kinds_) {
      const std::string kind_text = hardware.empty() ? "hardware unknown" : hardware;
      const std::string name =
          Fitted(look_.fonts.small,
                 kinds_.size() == 1 ? Concat(kind_text, ": one kind of hardware") : kind_text,
                 look_.Px(kinds_.size() == 1 ? 300 : 220));
      const float width = WidthOf(look_.fonts.small, name) + look_.Px(30);
      if (x + width > right) return;
      DrawShape(list_, {x + look_.Px(6), place_.y + look_.fonts.small->FontSize / 2},
                look_.Px(kDot), kind, ColorOf(kind));
      DrawText(list_, look_.fonts.small, {x + look_.Px(16), place_.y}, palette_.muted, name);
      x += width;
    }
  }

  void PaintGrid() {
    const float bottom = y_.begin();
    for (const Tick& tick : y_.Ticks(look_.Px(36))) {
      const float y = std::floor(y_.ToPixel(tick.value));
      list_->AddLine({x_.begin(), y}, {x_.end(), y}, palette_.grid);
      if (tick.is_minor) continue;
      const std::string label = content_.y->text(tick.value * content_.y->unit);
      DrawText(list_, look_.fonts.small,
               {x_.begin() - look_.Px(8) - WidthOf(look_.fonts.small, label),
                y - look_.fonts.small->FontSize / 2},
               palette_.faint, label);
    }
    for (const Tick& tick : x_.Ticks(look_.Px(90))) {
      const float x = std::floor(x_.ToPixel(tick.value));
      list_->AddLine({x, bottom}, {x, y_.end()}, palette_.grid);
      if (tick.is_minor) continue;
      const std::string label = content_.x->text(tick.value * content_.x->unit);
      const float width = WidthOf(look_.fonts.small, label);
      DrawText(list_, look_.fonts.small,
               {std::min(x - width / 2, x_.end() - width), bottom + look_.Px(4)}, palette_.faint,
               label);
    }
    const float below = bottom + look_.Px(20);
    DrawText(list_, look_.fonts.small, {x_.begin(), below}, palette_.muted,
             Concat("across: ", content_.x->heading, x_.is_log() ? " (log)" : "",
                    "   up: ", content_.y->heading, y_.is_log() ? " (log)" : "",
                    HasDiagonal() ? "   on the line: exact prediction" : ""));
  }

  bool IsChosen(const Dot& dot) const {
    const auto& chosen = *content_.chosen;
    return std::find(chosen.begin(), chosen.end(), dot.explored->run->run_id) != chosen.end();
  }

  // Of a prediction, the interval of four in five.
  void PaintInterval(const Dot& dot) {
    const Run& run = *dot.explored->run;
    if (content_.y->name != "predicted_grok_step" || !run.forecast) return;
    const ForecastBand* band = ShownBand(*run.forecast);
    if (band == nullptr) return;
    const Range& range = y_.range();
    const double low = std::max(static_cast<double>(band->low_step), range.from);
    const double high = band->high_step ? static_cast<double>(*band->high_step) : range.to;
    const float x = x_.ToPixel(dot.x);
    list_->AddLine({x, y_.ToPixel(low)}, {x, y_.ToPixel(std::min(high, range.to))}, palette_.text,
                   look_.Px(1.5f));
  }

  void PaintDot(const Dot& dot) {
    const ImVec2 at = {x_.ToPixel(dot.x), y_.ToPixel(dot.y)};
    DrawShape(list_, at, look_.Px(kDot), dot.kind, WithAlpha(ColorOf(dot.kind), 0.75f));
    if (IsChosen(dot)) {
      list_->AddCircle(at, look_.Px(kDot + 4), palette_.text, 20, look_.Px(1.5f));
    }
  }

  Color ColorOf(int kind) const { return palette_.series[kind % 6]; }

  const Look& look_;
  const ScatterContent& content_;
  const Palette& palette_;
  ImDrawList* list_;
  const ImVec2 place_;
  const ImVec2 size_;
  std::vector<Dot> dots_;
  std::map<std::string, int> kinds_;
  Scale x_{{0, 1}, 0, 1};
  Scale y_{{0, 1}, 0, 1};
};

}  // namespace

std::string DrawScatter(const Look& look, const ScatterContent& content, ImVec2 size) {
  ScatterPainter painter(look, content, ImGui::GetCursorScreenPos(), size);
  if (painter.empty()) {
    EmptyState(look, "No run has both values",
               "Choose other quantities, or clear the search: a run is shown here once both are "
               "known.");
    return "";
  }
  painter.Paint();
  const bool is_pressed = ImGui::InvisibleButton("scatter", size);
  if (!ImGui::IsItemHovered()) return "";
  const Dot* dot = painter.Under(ImGui::GetIO().MousePos);
  if (dot == nullptr) return "";
  painter.Tell(*dot);
  return is_pressed ? dot->explored->run->run_id : "";
}

}  // namespace powerdown
