#include "client/view/navigation.h"

#include <cmath>
#include <string>

#include "client/view/bindings.h"
#include "client/view/widgets.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr float kWide = 188;
constexpr float kFolded = 56;
constexpr float kNarrowWindow = 900;
constexpr const char* kTitles[kViews] = {"Train & Compare", "Fleet", "Live",
                                         "Explore",         "Quiz",  "Servers"};

// Pictures of 18 by 18, drawn with lines.
class Icon {
 public:
  Icon(const Look& look, ImVec2 at, Color color)
      : list_(ImGui::GetWindowDrawList()), at_(at), unit_(look.Px(1)), color_(color) {}

  void Line(std::initializer_list<ImVec2> points) {
    for (const ImVec2& point : points) list_->PathLineTo(On(point));
    list_->PathStroke(color_, 0, 1.7f * unit_);
  }
  void Dot(ImVec2 centre, float radius) {
    list_->AddCircleFilled(On(centre), radius * unit_, color_);
  }
  void Box(ImVec2 from, ImVec2 to, bool is_filled) {
    if (is_filled) return list_->AddRectFilled(On(from), On(to), color_, unit_);
    list_->AddRect(On(from), On(to), color_, 2 * unit_, 0, 1.5f * unit_);
  }

 private:
  ImVec2 On(ImVec2 point) const { return {at_.x + point.x * unit_, at_.y + point.y * unit_}; }

  ImDrawList* list_;
  ImVec2 at_;
  float unit_;
  Color color_;
};

void DrawIcon(const Look& look, ViewName view, ImVec2 at, Color color) {
  Icon icon(look, at, color);
  switch (view) {
    case ViewName::kCompare:
      icon.Line({{1, 15}, {6, 13}, {10, 4}, {17, 3}});
      icon.Line({{11, 9}, {17, 9}});
      icon.Line({{11, 15}, {17, 15}});
      return;
    case ViewName::kFleet:
      icon.Box({2, 11}, {5, 16}, true);
      icon.Box({7.5f, 7}, {10.5f, 16}, true);
      icon.Box({13, 2}, {16, 16}, true);
      return;
    case ViewName::kLive:
      icon.Line({{1, 10}, {5, 10}, {8, 3}, {11, 15}, {13, 10}, {17, 10}});
      return;
    case ViewName::kExplore:
      for (const ImVec2 point : {ImVec2{4, 13}, {8, 9}, {7, 14}, {12, 6}, {14, 11}, {15, 3}}) {
        icon.Dot(point, 1.8f);
      }
      return;
    case ViewName::kQuiz:
      for (int i = 0; i < 9; ++i) {
        const ImVec2 from = {1.0f + 6 * static_cast<float>(i % 3),
                             1.0f + 6 * static_cast<float>(i / 3)};
        icon.Box(from, {from.x + 4, from.y + 4}, i != 1 && i != 5);
      }
      return;
    case ViewName::kServers:
      icon.Box({2, 2}, {16, 8}, false);
      icon.Box({2, 10}, {16, 16}, false);
      icon.Dot({5, 5}, 1);
      icon.Dot({5, 13}, 1);
      return;
  }
}

void DrawEntry(const Look& look, int index, bool is_wide, ViewName* view) {
  const Palette& palette = look.palette();
  const auto entry = static_cast<ViewName>(index);
  const bool is_chosen = *view == entry;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size = {ImGui::GetContentRegionAvail().x, look.Px(38)};
  const Color color = is_chosen ? palette.accent : palette.muted;
  const ImVec2 end = {at.x + size.x, at.y + size.y};
  const Color fill = is_chosen                             ? WithAlpha(palette.accent, 0.13f)
                     : ImGui::IsMouseHoveringRect(at, end) ? palette.hover
                                                           : WithAlpha(palette.surface, 0);
  ImGui::GetWindowDrawList()->AddRectFilled(at, end, fill, look.Px(spacing::kSmallRadius));
  for (const ImGuiCol slot : {ImGuiCol_Header, ImGuiCol_HeaderHovered, ImGuiCol_HeaderActive}) {
    ImGui::PushStyleColor(slot, WithAlpha(palette.surface, 0));
  }
  ImGui::PushID(index);
  if (ImGui::Selectable("##entry", is_chosen, 0, size)) *view = entry;
  ImGui::PopID();
  ImGui::PopStyleColor(3);
  Hint(look, Concat(kTitles[index], " (", KeyOf(static_cast<Command>(index)), ")"));
  DrawIcon(look, entry, {at.x + look.Px(10), at.y + look.Px(10)}, color);
  if (!is_wide) return;
  ImFont* font = is_chosen ? look.fonts.strong : look.fonts.body;
  DrawText(ImGui::GetWindowDrawList(), font,
           {at.x + look.Px(40), at.y + (size.y - font->FontSize) / 2},
           is_chosen ? palette.accent : palette.text, kTitles[index]);
}

}  // namespace

void DrawNavigation(const Look& look, ViewName* view, float height) {
  const Palette& palette = look.palette();
  const bool is_wide = ImGui::GetIO().DisplaySize.x >= look.Px(kNarrowWindow);
  const float width = look.Px(is_wide ? kWide : kFolded);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.Px(10), look.Px(16)});
  ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, palette.surface);
  ImGui::BeginChild("navigation", {width, height}, false,
                    ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar);
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(2);
  const ImVec2 at = ImGui::GetWindowPos();
  ImGui::GetWindowDrawList()->AddLine({at.x + width - 1, at.y}, {at.x + width - 1, at.y + height},
                                      palette.border);
  ImGui::SetCursorPosX(look.Px(is_wide ? 20 : 18));
  Say(look.fonts.title, palette.text, is_wide ? "PowerDown" : "P");
  ImGui::Dummy({0, look.Px(12)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, look.Px(4)});
  for (int i = 0; i < kViews; ++i) DrawEntry(look, i, is_wide, view);
  ImGui::PopStyleVar();
  if (is_wide) {
    ImGui::SetCursorPosY(height - look.Px(40));
    ImGui::SetCursorPosX(look.Px(20));
    Say(look.fonts.small, palette.faint, "? for all keys");
  }
  ImGui::EndChild();
}

}  // namespace powerdown
