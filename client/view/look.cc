#include "client/view/look.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

namespace powerdown {
namespace {

namespace fs = std::filesystem;

constexpr float kBodySize = 15;
constexpr float kSmallSize = 13;
constexpr float kTitleSize = 20;
constexpr float kFigureSize = 30;

struct Family {
  const char* name;
  const char* regular;
  const char* strong;
  const char* display;
  float size = 1;  // DejaVu is drawn larger than others at the same size
};
constexpr Family kFamilies[] = {
    {"Inter", "opentype/inter/Inter-Regular.otf", "opentype/inter/Inter-SemiBold.otf",
     "opentype/inter/InterDisplay-SemiBold.otf"},
    {"Inter", "truetype/inter/Inter-Regular.ttf", "truetype/inter/Inter-SemiBold.ttf",
     "truetype/inter/Inter-SemiBold.ttf"},
    {"Inter", "inter/Inter-Regular.otf", "inter/Inter-SemiBold.otf", "inter/Inter-SemiBold.otf"},
    {"SF", "SFNS.ttf", "SFNS.ttf", "SFNS.ttf"},
    {"DejaVu Sans", "truetype/dejavu/DejaVuSans.ttf", "truetype/dejavu/DejaVuSans-Bold.ttf",
     "truetype/dejavu/DejaVuSans-Bold.ttf", 0.9f},
    {"DejaVu Sans", "dejavu/DejaVuSans.ttf", "dejavu/DejaVuSans-Bold.ttf",
     "dejavu/DejaVuSans-Bold.ttf", 0.9f},
};

// Latin, Greek, Cyrillic, punctuation, sub- and superscripts, arrows, operators, shapes.
constexpr ImWchar kText[] = {0x20,   0x17F,  0x384,  0x3CE,  0x400,  0x45F,  0x2010,
                             0x2044, 0x2070, 0x209C, 0x20AC, 0x20AC, 0x2190, 0x2195,
                             0x2202, 0x2265, 0x25A0, 0x25CF, 0x2713, 0x2717, 0};
constexpr ImWchar kFew[] = {0x20,   0x17F,  0x2010, 0x2026, 0x2082, 0x2082, 0x2192, 0x2193,
                            0x2212, 0x2212, 0x2264, 0x2265, 0x25B2, 0x25BC, 0};

// Shapes that a family may lack, then taken from DejaVu.
constexpr ImWchar kSymbols[] = {0x2190, 0x2195, 0x2202, 0x2265, 0x25A0, 0x25CF, 0x2713, 0x2717, 0};

std::vector<fs::path> FontFolders() {
  std::vector<fs::path> folders;
  if (const char* home = std::getenv("HOME")) {
    folders.push_back(fs::path(home) / ".local/share/fonts");
    folders.push_back(fs::path(home) / "Library/Fonts");
  }
  for (const char* folder : {"/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts",
                             "/Library/Fonts", "/opt/homebrew/share/fonts"}) {
    folders.emplace_back(folder);
  }
  return folders;
}

std::optional<std::string> FindFont(const char* file) {
  std::error_code error;
  for (const fs::path& folder : FontFolders()) {
    if (fs::exists(folder / file, error)) return (folder / file).string();
  }
  return std::nullopt;
}

const Family* FindFamily() {
  for (const Family& family : kFamilies) {
    if (FindFont(family.regular) && FindFont(family.strong)) return &family;
  }
  return nullptr;
}

ImFont* Load(const char* file, float size, const ImWchar* ranges) {
  ImFontConfig config;
  config.OversampleH = 2;
  config.OversampleV = 1;
  const std::optional<std::string> path = FindFont(file);
  if (!path) return nullptr;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  ImFont* font = atlas.AddFontFromFileTTF(path->c_str(), size, &config, ranges);
  if (ranges != kText) return font;
  if (const auto symbol_font = FindFont("truetype/dejavu/DejaVuSans.ttf")) {
    config.MergeMode = true;
    atlas.AddFontFromFileTTF(symbol_font->c_str(), size * 0.9f, &config, kSymbols);
  }
  return font;
}

ImVec4 Of(Color color) {
  return ImGui::ColorConvertU32ToFloat4(color);
}

}  // namespace

Fonts LoadFonts(float scale) {
  Fonts fonts;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  const Family* family = FindFamily();
  if (family == nullptr) {
    ImFontConfig config;
    config.SizePixels = 13 * scale;
    ImFont* own = atlas.AddFontDefault(&config);
    return {own, own, own, own, own, "ImGui's own"};
  }
  const float unit = scale * family->size;
  fonts.name = family->name;
  fonts.body = Load(family->regular, kBodySize * unit, kText);
  fonts.strong = Load(family->strong, kBodySize * unit, kText);
  fonts.small = Load(family->regular, kSmallSize * unit, kText);
  const char* display = FindFont(family->display) ? family->display : family->strong;
  fonts.title = Load(display, kTitleSize * unit, kFew);
  fonts.figure = Load(display, kFigureSize * unit, kFew);
  ImGui::GetIO().FontDefault = fonts.body;
  return fonts;
}

void ApplyLook(const Look& look) {
  const Palette& palette = look.palette();
  ImGuiStyle style;
  style.WindowPadding = {0, 0};
  style.FramePadding = {10, 6};
  style.ItemSpacing = {spacing::kSmall, spacing::kSmall};
  style.ItemInnerSpacing = {spacing::kSmall, spacing::kTiny};
  style.CellPadding = {spacing::kSmall, 5};
  style.ScrollbarSize = 12;
  style.GrabMinSize = 14;
  style.WindowRounding = 0;
  style.ChildRounding = spacing::kRadius;
  style.FrameRounding = spacing::kSmallRadius;
  style.PopupRounding = spacing::kRadius;
  style.ScrollbarRounding = spacing::kSmallRadius;
  style.GrabRounding = spacing::kSmallRadius;
  style.WindowBorderSize = 0;
  style.ChildBorderSize = 1;
  style.PopupBorderSize = 1;
  style.FrameBorderSize = look.theme == ThemeName::kContrast ? 1.0f : 0.0f;
  style.ScaleAllSizes(look.scale);
  const auto set = [&](ImGuiCol slot, Color color) { style.Colors[slot] = Of(color); };
  ImGui::StyleColorsDark(&style);
  set(ImGuiCol_Text, palette.text);
  set(ImGuiCol_TextDisabled, palette.faint);
  set(ImGuiCol_WindowBg, palette.background);
  set(ImGuiCol_ChildBg, WithAlpha(palette.surface, 0));
  set(ImGuiCol_PopupBg, palette.surface);
  set(ImGuiCol_Border, palette.border);
  set(ImGuiCol_FrameBg, palette.sunken);
  set(ImGuiCol_FrameBgHovered, palette.hover);
  set(ImGuiCol_FrameBgActive, palette.hover);
  set(ImGuiCol_Button, palette.sunken);
  set(ImGuiCol_ButtonHovered, palette.hover);
  set(ImGuiCol_ButtonActive, palette.border);
  set(ImGuiCol_Header, WithAlpha(palette.accent, 0.14f));
  set(ImGuiCol_HeaderHovered, palette.hover);
  set(ImGuiCol_HeaderActive, WithAlpha(palette.accent, 0.22f));
  set(ImGuiCol_SliderGrab, palette.accent);
  set(ImGuiCol_SliderGrabActive, palette.accent);
  set(ImGuiCol_CheckMark, palette.accent);
  set(ImGuiCol_Separator, palette.border);
  set(ImGuiCol_ScrollbarBg, WithAlpha(palette.background, 0));
  set(ImGuiCol_ScrollbarGrab, palette.border);
  set(ImGuiCol_ScrollbarGrabHovered, palette.faint);
  set(ImGuiCol_ScrollbarGrabActive, palette.faint);
  set(ImGuiCol_TableHeaderBg, palette.surface);
  set(ImGuiCol_TableRowBg, WithAlpha(palette.surface, 0));
  set(ImGuiCol_TableRowBgAlt, WithAlpha(palette.sunken, 0.5f));
  set(ImGuiCol_TableBorderLight, palette.border);
  set(ImGuiCol_TableBorderStrong, palette.border);
  set(ImGuiCol_NavHighlight, palette.accent);
  set(ImGuiCol_TextSelectedBg, WithAlpha(palette.accent, 0.3f));
  set(ImGuiCol_ModalWindowDimBg, WithAlpha(palette.background, 0.7f));
  set(ImGuiCol_PlotHistogram, palette.accent);
  ImGui::GetStyle() = style;
}

}  // namespace powerdown
