// The pieces that all views are made of: cards, buttons, badges, figures, hints. Draw into the
// current ImGui window. Keyboard and mouse reach every one that can be pressed.
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
// At most `width` wide; what is cut off ends in "…" and is shown whole under the mouse.
void SayFitted(const Look& look, ImFont* font, Color color, std::string_view text, float width);
std::string Fitted(ImFont* font, std::string_view text, float width);
float WidthOf(ImFont* font, std::string_view text);

// Into the draw list at a place of its own, and into the log as text.
void DrawText(ImDrawList* list, ImFont* font, ImVec2 at, Color color, std::string_view text);

// Shown under the mouse, or the keyboard's focus, on the last item.
void Hint(const Look& look, std::string_view text);

enum class ButtonKind { kPrimary, kPlain, kDanger, kQuiet };
// `hint` says what it does; where it cannot be pressed, why. width 0: as wide as its text.
struct ButtonLook {
  ButtonKind kind = ButtonKind::kPlain;
  std::string_view hint = {};
  bool is_enabled = true;
  float width = 0;
};
bool PressButton(const Look& look, const char* label, const ButtonLook& button);

// A rounded surface with padding. Always end it. Size 0: what is left; negative: less than that.
void BeginCard(const Look& look, const char* id, ImVec2 size, ImGuiWindowFlags flags = 0);
void BeginFixedCard(const Look& look, const char* id, ImVec2 size);  // never scrolls
void EndCard();

// One of several, side by side. True when another one was chosen.
bool ChooseOne(const Look& look, const char* id, const std::vector<std::string>& names,
               int* chosen);

// A symbol and a word, on a tint of the color.
void Badge(const Look& look, std::string_view symbol, std::string_view word, Color color);

// A share of 0 to 1 as a bar, with what it means as its hint.
void ShareBar(const Look& look, double share, ImVec2 size, Color color);

// What an empty view says, centred: what is not there, and what to do about it.
void EmptyState(const Look& look, std::string_view title, std::string_view text);

void VerticalSpace(const Look& look, float length);

}  // namespace powerdown
