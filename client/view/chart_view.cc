#include "client/view/chart_view.h"

#include <algorithm>
#include <cmath>

#include "client/chart/shape.h"
#include "client/view/bindings.h"
#include "client/view/chart_painter.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr double kWheelZoom = 0.85;
constexpr double kKeyZoom = 0.7;
constexpr double kKeyPan = 0.15;

Range AllOf(const ChartContent& content, Axis axis) {
  Range all{0, 0};
  for (const ChartLine& line : content.lines) {
    if (line.series->empty() || line.trace == nullptr) continue;
    const double last = line.trace->OnAxis(axis, line.series->last_x());
    if (std::isfinite(last)) all.to = std::max(all.to, last);
  }
  if (content.end_step && content.reference != nullptr) {
    const double end = content.reference->OnAxis(axis, *content.end_step);
    if (std::isfinite(end)) all.to = std::max(all.to, end);
  }
  if (all.to <= 0) all.to = 1;
  return all;
}

// Moves the shown range by mouse and keyboard.
class ChartControl {
 public:
  ChartControl(const ChartContent& content, ChartState& state, ChartGroup& group, const Range& all)
      : content_(content), state_(state), group_(group), all_(all) {}

  void ByMouse(const Scale& x, const Scale& y, bool is_hovered, bool is_active) {
    const ImGuiIO& io = ImGui::GetIO();
    if (is_hovered) {
      group_.cursor = std::clamp(x.ToValue(io.MousePos.x), x.range().from, x.range().to);
      group_.cursor_frame = ImGui::GetFrameCount();
      if (io.MouseWheel != 0) {
        Zoom(*group_.cursor, std::pow(kWheelZoom, io.MouseWheel));
      }
      if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) group_.shown.reset();
      const bool starts_box = ImGui::IsMouseClicked(ImGuiMouseButton_Right) ||
                              (io.KeyShift && ImGui::IsMouseClicked(ImGuiMouseButton_Left));
      if (starts_box) state_.box_start = io.MousePos;
    }
    if (state_.box_start) return Box(x, y);
    if (is_active && io.MouseDelta.x != 0) {
      Show(Panned(x.range(), x.ToValue(0) - x.ToValue(io.MouseDelta.x)));
    }
  }

  void ByKeyboard(const Range& shown) {
    const double middle = group_.cursor.value_or((shown.from + shown.to) / 2);
    if (IsPressed(Command::kZoomIn)) Zoom(middle, kKeyZoom);
    if (IsPressed(Command::kZoomOut)) Zoom(middle, 1 / kKeyZoom);
    if (IsPressed(Command::kPanLeft)) Show(Panned(shown, -kKeyPan * shown.length()));
    if (IsPressed(Command::kPanRight)) Show(Panned(shown, kKeyPan * shown.length()));
    if (IsPressed(Command::kShowAll)) group_.shown.reset();
    if (IsPressed(Command::kNextAxis)) {
      group_.axis = static_cast<Axis>((static_cast<int>(group_.axis) + 1) % 3);
      group_.shown.reset();
    }
    if (IsPressed(Command::kLogAxis)) state_.is_log = !state_.is_log.value_or(content_.starts_log);
  }

 private:
  void Zoom(double at, double factor) {
    Show(Zoomed(group_.shown.value_or(all_), at, factor, all_.length() * 1e-6));
  }
  void Show(const Range& range) {
    const Range inside = Within(range, all_);
    if (inside == all_) {
      group_.shown.reset();
    } else {
      group_.shown = inside;
    }
  }
  void Box(const Scale& x, const Scale&) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (ImGui::IsMouseDown(ImGuiMouseButton_Left) || ImGui::IsMouseDown(ImGuiMouseButton_Right)) {
      return;
    }
    const float left = std::min(mouse.x, state_.box_start->x);
    const float right = std::max(mouse.x, state_.box_start->x);
    if (right - left > 4) Show({x.ToValue(left), x.ToValue(right)});
    state_.box_start.reset();
  }

  const ChartContent& content_;
  ChartState& state_;
  ChartGroup& group_;
  const Range all_;
};

void Buttons(const Look& look, const ChartContent& content, ChartState& state, ChartGroup& group,
             ImVec2 place, ImVec2 size, Intents& intents) {
  const bool is_log = state.is_log.value_or(content.starts_log);
  const float right = ImGui::GetCursorPosX() + size.x;
  const float quiet = look.Px(44);
  float x = right - 3 * quiet;
  if (group.shown) x -= look.Px(96);
  ImGui::SetCursorPosX(x);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {look.Px(8), look.Px(3)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.Px(2), 0});
  if (group.shown) {
    if (PressButton(look, "Resume live", {.hint = "Show the whole run and follow it (F)."})) {
      group.shown.reset();
    }
    ImGui::SameLine();
  }
  if (PressButton(look, is_log ? "lin" : "log",
                  {.kind = ButtonKind::kQuiet, .hint = "Linear or logarithmic axis (Y)."})) {
    state.is_log = !is_log;
  }
  ImGui::SameLine();
  if (PressButton(
          look, "CSV",
          {.kind = ButtonKind::kQuiet, .hint = "Save all points of these curves as a CSV file."})) {
    intents.push_back(ExportCsv{content.id, ChartCsv(content)});
  }
  ImGui::SameLine();
  if (PressButton(look, "PNG",
                  {.kind = ButtonKind::kQuiet, .hint = "Save this chart as a picture."})) {
    intents.push_back(ExportPicture{content.id, place.x, place.y, size.x, size.y});
  }
  ImGui::PopStyleVar(2);
}

}  // namespace

void DrawChart(const Look& look, const ChartContent& content, ChartState& state, ChartGroup& group,
               ImVec2 size, Intents& intents) {
  ImGui::PushID(content.id.c_str());
  const ImVec2 place = ImGui::GetCursorScreenPos();
  const ImVec2 cursor = ImGui::GetCursorPos();
  Buttons(look, content, state, group, place, size, intents);
  const Range all = AllOf(content, group.axis);
  if (group.cursor_frame < ImGui::GetFrameCount() - 1) group.cursor.reset();
  ChartPainter painter(look, content, group, place, size, all,
                       state.is_log.value_or(content.starts_log));
  painter.Paint();
  const ChartArea& area = painter.area();
  ImGui::SetCursorScreenPos({area.left, area.top});
  ImGui::InvisibleButton(
      "plot", {std::max(1.0f, area.right - area.left), std::max(1.0f, area.bottom - area.top)});
  const bool is_hovered = ImGui::IsItemHovered();
  const bool is_active = ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left);
  const bool is_focused = ImGui::IsItemFocused();
  if (is_focused && ImGui::GetIO().NavVisible) painter.PaintFocus();
  ChartControl control(content, state, group, all);
  control.ByMouse(painter.x(), painter.y(), is_hovered, is_active);
  if (is_hovered || is_focused) control.ByKeyboard(painter.x().range());
  if (state.box_start) painter.PaintBox(state.box_start->x, ImGui::GetIO().MousePos.x);
  if (is_hovered && !state.box_start) painter.PaintTooltip();
  ImGui::SetCursorPos(cursor);
  ImGui::Dummy(size);
  ImGui::PopID();
}

void DrawAxisChoice(const Look& look, ChartGroup& group) {
  int axis = static_cast<int>(group.axis);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {look.Px(10), look.Px(3)});
  if (ChooseOne(look, "axis", {"Step", "Time", "Energy"}, &axis)) {
    group.axis = static_cast<Axis>(axis);
    group.shown.reset();
  }
  ImGui::PopStyleVar();
  Hint(look, "Quantity of the horizontal axis (X).");
}

}  // namespace powerdown
