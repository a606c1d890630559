#include "client/chart/scale.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace powerdown {
namespace {

constexpr double kSmallestLog = 1e-12;

// 1, 2, 2.5 or 5 times a power of ten, at least `least`.
double RoundStep(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

std::string WithCommas(std::string digits) {
  const size_t sign = digits[0] == '-' ? 1 : 0;
  const size_t point = std::min(digits.find('.'), digits.size());
  for (size_t at = point; at > sign + 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

}  // namespace

Scale::Scale(Range range, float begin, float end, bool is_log)
    : range_(range), begin_(begin), end_(end), is_log_(is_log) {
  if (is_log_) {
    range_.to = std::max(range_.to, kSmallestLog * 10);
    range_.from = std::clamp(range_.from, kSmallestLog, range_.to / 10);
  }
  if (!(range_.to > range_.from)) range_.to = range_.from + 1;
  low_ = Bend(range_.from);
  pixels_per_unit_ = (end_ - begin_) / (Bend(range_.to) - low_);
}

double Scale::ToValue(float pixel) const {
  const double bent = low_ + (pixel - begin_) / pixels_per_unit_;
  return is_log_ ? std::pow(10.0, bent) : bent;
}

std::vector<Tick> Scale::Ticks(float spacing) const {
  if (is_log_) return LogTicks();
  const float pixels = std::abs(end_ - begin_);
  const double most = std::max(1.0, std::floor(static_cast<double>(pixels) / spacing));
  const double step = RoundStep(range_.length() / most);
  std::vector<Tick> ticks;
  const double first = std::ceil(range_.from / step - 1e-9);
  const double last = std::floor(range_.to / step + 1e-9);
  for (double i = first; i <= last && ticks.size() < 100; ++i) {
    const double value = i == 0 ? 0 : i * step;
    ticks.push_back({value, TickText(value, step)});
  }
  return ticks;
}

std::vector<Tick> Scale::LogTicks() const {
  std::vector<Tick> ticks;
  const int first = static_cast<int>(std::floor(std::log10(range_.from)));
  const int last = static_cast<int>(std::ceil(std::log10(range_.to)));
  const int every = std::max(1, (last - first) / 5);
  for (int power = first; power <= last; ++power) {
    const double value = std::pow(10.0, power);
    const bool is_minor = (power - first) % every != 0;
    if (value >= range_.from * 0.999 && value <= range_.to * 1.001) {
      ticks.push_back({value, is_minor ? "" : TickText(value, value), is_minor});
    }
    for (int i = 2; i < 10 && every == 1; ++i) {
      if (value * i > range_.from && value * i < range_.to) ticks.push_back({value * i, "", true});
    }
  }
  return ticks;
}

Range Zoomed(Range range, double at, double factor, double smallest) {
  const double length = std::max(range.length() * factor, smallest);
  const double share = range.length() > 0 ? (at - range.from) / range.length() : 0.5;
  return {at - share * length, at - share * length + length};
}

Range Panned(Range range, double by) {
  return {range.from + by, range.to + by};
}

Range Within(Range range, const Range& limits) {
  if (range.length() >= limits.length()) return limits;
  if (range.from < limits.from) return Panned(range, limits.from - range.from);
  if (range.to > limits.to) return Panned(range, limits.to - range.to);
  return range;
}

Range Padded(Range range, double share) {
  const double room = range.length() * share;
  return {range.from - room, range.to + room};
}

std::string TickText(double value, double step) {
  char text[48];
  const double size = std::max(std::abs(value), std::abs(step));
  if (value == 0) return "0";
  if (size >= 1e9 || std::abs(step) < 1e-4) {
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
  }
  int decimals = 0;
  for (double rest = std::abs(step); decimals < 6; ++decimals, rest *= 10) {
    if (std::abs(rest - std::round(rest)) < 1e-6 * rest) break;
  }
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return WithCommas(text);
}

}  // namespace powerdown
