// One axis of a chart: values to pixels and back, ticks at round numbers, zoom and pan. Pure.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace powerdown {

struct Range {
  double from = 0;
  double to = 1;
  double length() const { return to - from; }
  bool operator==(const Range&) const = default;
};

struct Tick {
  double value = 0;
  std::string label;
  bool is_minor = false;  // of a log axis: a line without a label
};

// Maps [range.from, range.to] to [begin, end] pixels; begin may be right of or below end. A log
// axis shows values ≤ 0 at its lower end.
class Scale {
 public:
  Scale(Range range, float begin, float end, bool is_log = false);

  float ToPixel(double value) const {
    return begin_ + static_cast<float>((Bend(value) - low_) * pixels_per_unit_);
  }
  double ToValue(float pixel) const;
  // At most about one label every `spacing` pixels.
  std::vector<Tick> Ticks(float spacing) const;
  const Range& range() const { return range_; }
  bool is_log() const { return is_log_; }
  float begin() const { return begin_; }
  float end() const { return end_; }

 private:
  // What is linear in pixels.
  double Bend(double value) const {
    return is_log_ ? std::log10(std::max(value, range_.from)) : value;
  }
  std::vector<Tick> LogTicks() const;

  Range range_;
  float begin_;
  float end_;
  bool is_log_;
  double low_ = 0;  // bent
  double pixels_per_unit_ = 0;
};

// Keeps the value under `at` where it is; factor < 1 shows less. Never less than `smallest` long.
Range Zoomed(Range range, double at, double factor, double smallest);
Range Panned(Range range, double by);
// Moved, not shrunk, to lie within `limits`; all of them if it is longer.
Range Within(Range range, const Range& limits);
// Longer by `share` on both sides, so that a curve at the edge is visible.
Range Padded(Range range, double share);

// The shortest text that distinguishes values `step` apart: "1,200", "0.25", "1e-06".
std::string TickText(double value, double step);

}  // namespace powerdown
