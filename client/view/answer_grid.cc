#include "client/view/answer_grid.h"

#include <algorithm>
#include <cmath>

#include "client/view/widgets.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

using Origin = AnswerGrid::Origin;
constexpr float kFaintest = 0.25f;
constexpr float kMostConfidence = 255;

void DrawCell(const Palette& palette, ImDrawList* list, const AnswerGrid& grid, size_t cell,
              ImVec2 at, float size) {
  if (grid.origins[cell] == Origin::kNone) return;
  const bool is_right = grid.answers[cell] == grid.expected[cell];
  const float sure = static_cast<float>(grid.confidences[cell]) / kMostConfidence;
  const Color color =
      WithAlpha(is_right ? palette.good : palette.waste, kFaintest + (1 - kFaintest) * sure);
  const float gap = size > 4 ? 1 : 0;
  const float inset = is_right ? gap / 2 : std::max(gap, size * 0.28f);
  list->AddRectFilled({at.x + inset, at.y + inset}, {at.x + size - inset, at.y + size - inset},
                      color);
  if (grid.origins[cell] != Origin::kTrained || size < 5) return;
  list->AddCircleFilled({at.x + size / 2, at.y + size / 2}, std::max(0.8f, size * 0.11f),
                        palette.surface, 6);
}

std::string CellText(const AnswerGrid& grid, int64_t x, int64_t y) {
  const auto cell = static_cast<size_t>(x * grid.symbols + y);
  if (grid.origins[cell] == Origin::kNone)
    return Concat(x, ", ", y, ": not a question of this task");
  const bool is_right = grid.answers[cell] == grid.expected[cell];
  return Concat(x, ", ", y, ": ", grid.answers[cell], is_right ? " ✓" : " ✗", " (",
                PercentText(static_cast<double>(grid.confidences[cell]) / kMostConfidence, 0),
                " probability)", is_right ? "" : Concat(", expected ", grid.expected[cell]), "\n",
                grid.origins[cell] == Origin::kTrained ? "in the training set" : "held out");
}

}  // namespace

void DrawAnswerGrid(const Look& look, const AnswerGrid& grid, ImVec2 room) {
  const Palette& palette = look.palette();
  if (grid.symbols <= 0) return;
  const auto count = static_cast<float>(grid.symbols);
  const float size = std::max(1.0f, std::floor(std::min(room.x, room.y) / count));
  const float side = size * count;
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + std::floor((room.x - side) / 2));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy({side, side});
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(at, {at.x + side, at.y + side}, palette.sunken);
  for (int64_t x = 0; x < grid.symbols; ++x) {
    for (int64_t y = 0; y < grid.symbols; ++y) {
      DrawCell(palette, list, grid, static_cast<size_t>(x * grid.symbols + y),
               {at.x + static_cast<float>(y) * size, at.y + static_cast<float>(x) * size}, size);
    }
  }
  if (!ImGui::IsItemHovered()) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const auto y =
      std::clamp<int64_t>(static_cast<int64_t>((mouse.x - at.x) / size), 0, grid.symbols - 1);
  const auto x =
      std::clamp<int64_t>(static_cast<int64_t>((mouse.y - at.y) / size), 0, grid.symbols - 1);
  Hint(look, CellText(grid, x, y));
}

void DrawGridLegend(const Look& look) {
  const Palette& palette = look.palette();
  Say(look.fonts.small, palette.good, "■ right");
  ImGui::SameLine(0, look.Px(spacing::kMedium));
  Say(look.fonts.small, palette.waste, "▪ wrong");
  ImGui::SameLine(0, look.Px(spacing::kMedium));
  Say(look.fonts.small, palette.muted,
      "• in the training set, others held out; faint: low probability");
}

}  // namespace powerdown
