#include "server/meter/calibration.h"

#include <algorithm>
#include <cmath>

namespace powerdown {
namespace {

constexpr size_t kGoodLevels = 5;
constexpr double kLeastSpread = 0.2;
constexpr double kFewLevelsBand = 0.05;
constexpr double kLeastBand = 0.03;

struct Line {
  double gain = 1;
  double offset = 0;
  double scatter = 0;  // of the plug's watts around the line, as a share of their mean
};

Line FitLine(const std::vector<CalibrationPoint>& points) {
  const auto count = static_cast<double>(points.size());
  double mean_sensor = 0;
  double mean_plug = 0;
  for (const CalibrationPoint& point : points) {
    mean_sensor += point.sensor.value() / count;
    mean_plug += point.plug.value() / count;
  }
  double covariance = 0;
  double variance = 0;
  for (const CalibrationPoint& point : points) {
    const double from_mean = point.sensor.value() - mean_sensor;
    covariance += from_mean * (point.plug.value() - mean_plug);
    variance += from_mean * from_mean;
  }
  Line line;
  line.gain = covariance / variance;
  line.offset = mean_plug - line.gain * mean_sensor;
  double squares = 0;
  for (const CalibrationPoint& point : points) {
    const double error = point.plug.value() - line.gain * point.sensor.value() - line.offset;
    squares += error * error;
  }
  line.scatter = std::sqrt(squares / std::max(count - 2, 1.0)) / mean_plug;
  return line;
}

}  // namespace

CalibrationFit FitCalibration(const std::vector<CalibrationPoint>& points) {
  CalibrationFit fit;
  const auto [least, most] =
      std::minmax_element(points.begin(), points.end(),
                          [](const auto& a, const auto& b) { return a.sensor < b.sensor; });
  if (points.size() < 2 || least->sensor > most->sensor * (1 - kLeastSpread)) {
    fit.advice =
        "measure again at another load: two levels a fifth apart are needed, five are good";
    return fit;
  }
  const Line line = FitLine(points);
  if (!(line.gain > 0)) {
    fit.advice =
        "the plug meter showed less power at more load: remove these levels and measure again";
    return fit;
  }
  const bool is_good = points.size() >= kGoodLevels;
  fit.calibration = {line.gain, Watts(line.offset),
                     std::max(is_good ? kLeastBand : kFewLevelsBand, 2 * line.scatter)};
  fit.is_usable = true;
  if (!is_good) fit.advice = "five load levels narrow the band to 3%";
  return fit;
}

}  // namespace powerdown
