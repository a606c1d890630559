// Draws one chart: grid, bands, marks, curves, cursor. One object a frame.
#pragma once

#include <string>
#include <vector>

#include "client/chart/shape.h"
#include "client/view/chart_view.h"

namespace powerdown {

struct ChartArea {
  float left = 0, top = 0, right = 0, bottom = 0;
};

class ChartPainter {
 public:
  ChartPainter(const Look& look, const ChartContent& content, const ChartGroup& group, ImVec2 place,
               ImVec2 size, const Range& all, bool is_log);
  void Paint();
  void PaintFocus();
  void PaintBox(float from, float to);
  void PaintTooltip();

  const ChartArea& area() const { return area_; }
  const Scale& x() const { return x_; }
  const Scale& y() const { return y_; }

 private:
  struct Curve {
    const ChartLine* line;
    std::vector<SeriesColumn> columns;
  };
  struct PlacedMark {
    const ChartMark* mark;
    float x;
    float label_x;
    int row;
  };

  void FetchCurves();
  void PlaceMarks();
  Range YRange(bool is_log) const;
  double OnAxis(double step) const;
  void PaintHeader();
  void PaintGrid();
  void PaintBands();
  void PaintHatch(float left, float right, Color color);
  void PaintGaps();
  void PaintCurve(const Curve& curve);
  void PaintMarks();
  void PaintCursor();
  void PaintFooter();
  void StrokeLine(const std::vector<Pixel>& line, Color color, Dash dash, float thickness);
  const SeriesColumn* Under(const Curve& curve) const;

  const Look& look_;
  const ChartContent& content_;
  const ChartGroup& group_;
  const Palette& palette_;
  ImDrawList* list_;
  const ImVec2 place_;
  const ImVec2 size_;
  ChartArea area_;
  Scale x_;
  Scale y_;
  std::vector<Curve> curves_;
  std::vector<PlacedMark> marks_;
  int mark_rows_ = 0;
};

}  // namespace powerdown
