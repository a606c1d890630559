// The shape of a series in pixels: lines between points that are apart, and an envelope of exact
// extremes where a column of pixels holds many points. Pure geometry.
#pragma once

#include <functional>
#include <vector>

#include "client/chart/scale.h"
#include "common/run/series_pyramid.h"

namespace powerdown {

struct Pixel {
  float x = 0;
  float y = 0;
};

// A column that holds more than one point: from their highest to their lowest value.
struct Bar {
  float x = 0;
  float top = 0;
  float bottom = 0;
};

struct SeriesShape {
  std::vector<std::vector<Pixel>> lines;  // interrupted where a value is not finite
  std::vector<Bar> bars;
  std::vector<Pixel> not_finite;  // where NaN or infinity was, at the chart's lower edge
  double points_per_column = 0;   // of the densest column
};

// `columns` are what the pyramid gave for the x range of `x`. `place` maps a step to the x axis's
// value and may be empty, when the axis is the step.
SeriesShape ShapeOf(const std::vector<SeriesColumn>& columns, const Scale& x, const Scale& y,
                    const std::function<double(double)>& place);

// Lowest and highest finite value; `otherwise` if there is none.
Range ExtremesOf(const std::vector<SeriesColumn>& columns, Range otherwise);

// The column whose points are nearest to `step`; null if there is none.
const SeriesColumn* NearestColumn(const std::vector<SeriesColumn>& columns, double step);

}  // namespace powerdown
