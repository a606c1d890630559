// The widgets of all views: cards, buttons, badges, figures, hints. They draw into the current
// ImGui window. Every button works by keyboard and mouse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/view/look.h"
#include "imgui.h"

namespace powerdown {

// Text on one line, or wrapped at the width of the window.
void Say(ImFont* font, Color color, std::string_view text);
void SayWrapped(ImFont* font, Color color, std::string_view text);
// At most `width` wide. A longer text is cut, ends in "…", and is shown whole under the mouse.
void SayFitted(const Look& look, ImFont* font, Color color, std::string_view text, float width);
std::string Fitted(ImFont* font, std::string_view text, float width);
float WidthOf(ImFont* font, std::string_view text);

// Drawn at a place in the draw list, and logged as text.
void DrawText(ImDrawList* list, ImFont* font, ImVec2 at, Color color, std::string_view text);

// Shown under the mouse, or the keyboard's focus, on the last item.
void Hint(const Look& look, std::string_view text);

enum class ButtonKind { kPrimary, kPlain, kDanger, kQuiet };
// `hint` says what the button does, or why it cannot be pressed. width 0: as wide as the text.
struct ButtonLook {
  ButtonKind kind = ButtonKind::kPlain;
  std::string_view hint = {};
  bool is_enabled = true;
  float width = 0;
};
bool PressButton(const Look& look, const char* label, const ButtonLook& button);

// A rounded surface with padding. Always end it. Size 0: all that is left; negative: less by that.
void BeginCard(const Look& look, const char* id, ImVec2 size, ImGuiWindowFlags flags = 0);
void BeginFixedCard(const Look& look, const char* id, ImVec2 size);  // never scrolls
void EndCard();

// A choice of one of several, side by side. True when the choice changed.
bool ChooseOne(const Look& look, const char* id, const std::vector<std::string>& names,
               int* chosen);

// A symbol and a word, on a tint of the color.
void Badge(const Look& look, std::string_view symbol, std::string_view word, Color color);

// A share of 0 to 1 as a bar, with its meaning as hint.
void ShareBar(const Look& look, double share, ImVec2 size, Color color);

// The text of an empty view, centred: what is missing, and what to do.
void EmptyState(const Look& look, std::string_view title, std::string_view text);

void VerticalSpace(const Look& look, float length);

}  // namespace powerdown
