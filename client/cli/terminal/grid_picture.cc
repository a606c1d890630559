#include "client/cli/terminal/grid_picture.h"

#include <algorithm>

#include "client/cli/terminal/canvas.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr Colour kPaper = {255, 255, 255};
constexpr Colour kInk = {40, 40, 46};
constexpr Colour kFaintInk = {110, 110, 120};
constexpr Colour kRight = {0, 100, 190};  // blue and orange can be told apart by nearly all eyes
constexpr Colour kWrong = {225, 90, 0};
constexpr Colour kNothing = {205, 205, 205};
// So that the picture shows right or wrong even for a pure guess.
constexpr double kLeastShare = 0.18;

constexpr int kPlot = 560;  // about as wide as a panel's squares are together
constexpr int kMargin = 24;
constexpr int kAxis = 46;
constexpr int kTitles = 56;
constexpr int kHeading = 40;
constexpr int kLegend = 64;
constexpr int kLegendWidth = 480;
constexpr size_t kMostPanels = 4;

int CellSize(int64_t symbols) {
  return std::max(1, static_cast<int>(kPlot / std::max<int64_t>(1, symbols)));
}

int PlotSize(const AnswerGrid& grid) {
  return CellSize(grid.symbols) * static_cast<int>(grid.symbols);
}

std::string ShareText(const std::optional<double>& share) {
  return share ? PercentText(*share) : "-";
}

// The two lines above a panel's squares.
struct Headings {
  std::string place;
  std::string scores;
};

Headings HeadingsOf(const AnswerGrid& grid) {
  const std::string place = grid.label == CheckpointLabel::kNone
                                ? grid.checkpoint.empty() ? "live model, " : ""
                                : Concat(grid.label.name(), ", ");
  return {Concat(place, "step ", CountText(grid.at_step)),
          Concat("right: held out ", ShareText(grid.score), ", trained on ",
                 ShareText(grid.trained_score))};
}

// Wide enough for its squares and for the texts above them.
int PanelWidth(const AnswerGrid& grid) {
  const Headings headings = HeadingsOf(grid);
  const int texts = std::max(Canvas::WidthOf(headings.place), Canvas::WidthOf(headings.scores));
  return kAxis + std::max(PlotSize(grid), texts) + kMargin;
}

Colour ColourOf(const AnswerGrid& grid, size_t cell) {
  if (grid.origins[cell] == AnswerGrid::Origin::kNone) return kNothing;
  const double share = kLeastShare + (1 - kLeastShare) * grid.confidences[cell] / 255.0;
  return Mix(kPaper, grid.answers[cell] == grid.expected[cell] ? kRight : kWrong, share);
}

// The dot that marks a training pair, in the middle of its square.
void DrawDot(Canvas& canvas, int left, int top, int size) {
  const int dot = size >= 3 ? std::max(1, size * 3 / 10) : 0;
  if (dot > 0) canvas.Fill(left + (size - dot) / 2, top + (size - dot) / 2, dot, dot, kInk);
}

void DrawSquares(Canvas& canvas, const AnswerGrid& grid, int left, int top) {
  const int size = CellSize(grid.symbols);
  const int plot = PlotSize(grid);
  canvas.Fill(left - 1, top - 1, plot + 2, plot + 2, kFaintInk);
  for (int64_t x = 0; x < grid.symbols; ++x) {
    for (int64_t y = 0; y < grid.symbols; ++y) {
      const auto cell = static_cast<size_t>(x * grid.symbols + y);
      const int at_left = left + static_cast<int>(x) * size;
      const int at_top = top + plot - static_cast<int>(y + 1) * size;
      canvas.Fill(at_left, at_top, size, size, ColourOf(grid, cell));
      if (grid.origins[cell] == AnswerGrid::Origin::kTrained) {
        DrawDot(canvas, at_left, at_top, size);
      }
    }
  }
}

void DrawAxes(Canvas& canvas, const AnswerGrid& grid, int left, int top) {
  const int size = CellSize(grid.symbols);
  const int plot = PlotSize(grid);
  const int64_t every = std::max<int64_t>(1, (grid.symbols + 59) / 60) * 10;
  for (int64_t symbol = 0; symbol < grid.symbols; symbol += every) {
    const std::string number = Concat(symbol);
    const int middle = static_cast<int>(symbol) * size + size / 2;
    canvas.Write(left + middle - Canvas::WidthOf(number) / 2, top + plot + 8, number, kFaintInk);
    canvas.Write(left - 10 - Canvas::WidthOf(number), top + plot - middle - 8, number, kFaintInk);
  }
  canvas.Write(left + plot - 8, top + plot + 28, "x", kInk);
  canvas.Write(left - 24, top - 18, "y", kInk);
}

void DrawPanel(Canvas& canvas, const AnswerGrid& grid, int left, int top) {
  const Headings headings = HeadingsOf(grid);
  canvas.Write(left, top, headings.place, kInk);
  canvas.Write(left, top + 22, headings.scores, kFaintInk);
  DrawSquares(canvas, grid, left, top + kTitles);
  DrawAxes(canvas, grid, left, top + kTitles);
}

void DrawLegend(Canvas& canvas, int left, int top) {
  constexpr int kBox = 16;
  const auto ramp = [&](Colour colour, const std::string& text) {
    for (const double share : {kLeastShare, 0.45, 0.72, 1.0}) {
      canvas.Fill(left, top, kBox, kBox, Mix(kPaper, colour, share));
      left += kBox;
    }
    left += 8 + canvas.Write(left + 8, top, text, kInk) + 28;
  };
  ramp(kRight, "right");
  ramp(kWrong, "wrong");
  canvas.Fill(left, top, kBox, kBox, Mix(kPaper, kRight, 0.72));
  DrawDot(canvas, left, top, kBox);
  canvas.Write(left + kBox + 8, top, "trained on", kInk);
}

}  // namespace

Picture GridPicture(const std::vector<AnswerGrid>& grids, const std::string& title) {
  const size_t panels = std::min(grids.size(), kMostPanels);
  int width = kMargin;
  int height = 0;
  for (size_t i = 0; i < panels; ++i) {
    width += PanelWidth(grids[i]);
    height = std::max(height, PlotSize(grids[i]));
  }
  width = std::max(
      {width, kMargin + kAxis + kLegendWidth + kMargin, 2 * kMargin + Canvas::WidthOf(title)});
  Canvas canvas(width, kHeading + kTitles + height + kAxis + kLegend + kMargin, kPaper);
  canvas.Write(kMargin, kMargin / 2, title, kInk);
  int left = kMargin;
  for (size_t i = 0; i < panels; ++i) {
    DrawPanel(canvas, grids[i], left + kAxis, kHeading);
    left += PanelWidth(grids[i]);
  }
  const int legend = kHeading + kTitles + height + kAxis + 12;
  DrawLegend(canvas, kMargin + kAxis, legend);
  canvas.Write(kMargin + kAxis, legend + 24, "pale: the model was not sure", kFaintInk);
  return canvas.Take();
}

}  // namespace powerdown
