#include "client/view/widgets.h"

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

const char* Begin(std::string_view text) {
  return text.data();
}
const char* End(std::string_view text) {
  return text.data() + text.size();
}

struct ButtonColors {
  Color fill;
  Color hover;
  Color text;
};

ButtonColors ColorsOf(const Palette& palette, ButtonKind kind) {
  switch (kind) {
    case ButtonKind::kPrimary:
      return {palette.accent, WithAlpha(palette.accent, 0.85f), palette.on_accent};
    case ButtonKind::kDanger:
      return {WithAlpha(palette.bad, 0.14f), WithAlpha(palette.bad, 0.26f), palette.bad};
    case ButtonKind::kQuiet:
      return {WithAlpha(palette.sunken, 0), palette.hover, palette.muted};
    case ButtonKind::kPlain:
      break;
  }
  return {palette.sunken, palette.hover, palette.text};
}

}  // namespace

void Say(ImFont* font, Color color, std::string_view text) {
  ImGui::PushFont(font);
  ImGui::PushStyleColor(ImGuiCol_Text, color);
  ImGui::TextUnformatted(Begin(text), End(text));
  ImGui::PopStyleColor();
  ImGui::PopFont();
}

void SayWrapped(ImFont* font, Color color, std::string_view text) {
  ImGui::PushTextWrapPos(0);
  Say(font, color, text);
  ImGui::PopTextWrapPos();
}

float WidthOf(ImFont* font, std::string_view text) {
  return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, Begin(text), End(text)).x;
}

std::string Fitted(ImFont* font, std::string_view text, float width) {
  if (WidthOf(font, text) <= width) return std::string(text);
  const float room = width - WidthOf(font, "…");
  const char* rest = nullptr;
  font->CalcTextSizeA(font->FontSize, std::max(room, 0.0f), 0, Begin(text), End(text), &rest);
  return std::string(Begin(text), rest) + "…";
}

void SayFitted(const Look& look, ImFont* font, Color color, std::string_view text, float width) {
  const std::string fitted = Fitted(font, text, width);
  Say(font, color, fitted);
  if (fitted.size() != text.size()) Hint(look, text);
}

void DrawText(ImDrawList* list, ImFont* font, ImVec2 at, Color color, std::string_view text) {
  list->AddText(font, font->FontSize, {std::floor(at.x), std::floor(at.y)}, color, Begin(text),
                End(text));
  ImGui::LogText("%.*s\n", static_cast<int>(text.size()), Begin(text));
}

void Hint(const Look& look, std::string_view text) {
  if (text.empty()) return;
  const bool is_focused = ImGui::IsItemFocused() && ImGui::GetIO().NavVisible;
  if (!is_focused && !ImGui::IsItemHovered(ImGuiHoveredFlags_AllowWhenDisabled)) return;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {look.Px(12), look.Px(8)});
  ImGui::BeginTooltip();
  ImGui::PushTextWrapPos(look.Px(320));
  Say(look.fonts.small, look.palette().text, text);
  ImGui::PopTextWrapPos();
  ImGui::EndTooltip();
  ImGui::PopStyleVar();
}

bool PressButton(const Look& look, const char* label, const ButtonLook& button) {
  const ButtonColors colors = ColorsOf(look.palette(), button.kind);
  ImGui::BeginDisabled(!button.is_enabled);
  ImGui::PushFont(button.kind == ButtonKind::kQuiet ? look.fonts.small : look.fonts.strong);
  ImGui::PushStyleColor(ImGuiCol_Button, colors.fill);
  ImGui::PushStyleColor(ImGuiCol_ButtonHovered, colors.hover);
  ImGui::PushStyleColor(ImGuiCol_ButtonActive, colors.hover);
  ImGui::PushStyleColor(ImGuiCol_Text, colors.text);
  const bool is_pressed = ImGui::Button(label, {button.width, 0});
  ImGui::PopStyleColor(4);
  ImGui::PopFont();
  ImGui::EndDisabled();
  Hint(look, button.hint);
  return is_pressed;
}

void BeginCard(const Look& look, const char* id, ImVec2 size, ImGuiWindowFlags flags) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, look.palette().surface);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding,
                      {look.Px(spacing::kLarge), look.Px(spacing::kMedium)});
  ImGui::BeginChild(id, size, /*border=*/true, flags);
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void BeginFixedCard(const Look& look, const char* id, ImVec2 size) {
  BeginCard(look, id, size, ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
}

void EndCard() {
  ImGui::EndChild();
}

bool ChooseOne(const Look& look, const char* id, const std::vector<std::string>& names,
               int* chosen) {
  const Palette& palette = look.palette();
  bool has_changed = false;
  ImGui::PushID(id);
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {look.Px(2), look.Px(2)});
  for (int i = 0; i < static_cast<int>(names.size()); ++i) {
    const bool is_chosen = i == *chosen;
    if (i > 0) ImGui::SameLine();
    ImGui::PushFont(is_chosen ? look.fonts.strong : look.fonts.body);
    ImGui::PushStyleColor(ImGuiCol_Button,
                          is_chosen ? WithAlpha(palette.accent, 0.16f) : palette.sunken);
    ImGui::PushStyleColor(ImGuiCol_Text, is_chosen ? palette.accent : palette.muted);
    if (ImGui::Button(names[i].c_str()) && !is_chosen) {
      *chosen = i;
      has_changed = true;
    }
    ImGui::PopStyleColor(2);
    ImGui::PopFont();
  }
  ImGui::PopStyleVar();
  ImGui::PopID();
  return has_changed;
}

void Badge(const Look& look, std::string_view symbol, std::string_view word, Color color) {
  const std::string text = std::string(symbol) + " " + std::string(word);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = WidthOf(look.fonts.small, text);
  const float height = look.fonts.small->FontSize;
  const ImVec2 padding = {look.Px(8), look.Px(3)};
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + width + 2 * padding.x, at.y + height + 2 * padding.y},
                      WithAlpha(color, 0.13f), look.Px(spacing::kSmallRadius));
  DrawText(list, look.fonts.small, {at.x + padding.x, at.y + padding.y}, color, text);
  ImGui::Dummy({width + 2 * padding.x, height + 2 * padding.y});
}

void ShareBar(const Look& look, double share, ImVec2 size, Color color) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float filled = size.x * static_cast<float>(std::clamp(share, 0.0, 1.0));
  const float radius = size.y / 2;
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, look.palette().sunken, radius);
  if (filled > 1) {
    list->AddRectFilled(at, {at.x + std::max(filled, size.y), at.y + size.y}, color, radius);
  }
  ImGui::Dummy(size);
}

void EmptyState(const Look& look, std::string_view title, std::string_view text) {
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float width = std::min(room.x, look.Px(440));
  const float left = ImGui::GetCursorPosX() + (room.x - width) / 2;
  ImGui::SetCursorPosY(ImGui::GetCursorPosY() + std::max(0.0f, room.y * 0.3f - look.Px(40)));
  const auto centred = [&](ImFont* font, Color color, std::string_view line) {
    const float line_width = WidthOf(font, line);
    if (line_width <= width) {
      ImGui::SetCursorPosX(left + (width - line_width) / 2);
      return Say(font, color, line);
    }
    ImGui::SetCursorPosX(left);
    ImGui::PushTextWrapPos(left + width);
    Say(font, color, line);
    ImGui::PopTextWrapPos();
  };
  centred(look.fonts.title, look.palette().text, title);
  centred(look.fonts.body, look.palette().muted, text);
}

void VerticalSpace(const Look& look, float length) {
  ImGui::Dummy({0, look.Px(length)});
}

}  // namespace powerdown
