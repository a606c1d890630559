#include "client/model/run_trace.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/run/event_details.h"

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kJoulesPerWattHour = 3600;

// y at x, between points in proportion. Values rise with x.
double Interpolate(const SeriesPyramid& series, double x) {
  const SeriesBucket before = series.Before(x);
  const SeriesBucket after = series.AtOrAfter(x);
  if (before.points == 0) return after.first;
  if (after.points == 0 || x <= before.last_x) {
    const double width = before.last_x - before.first_x;
    if (width <= 0) return before.last;
    return before.first +
           (before.last - before.first) * std::min(1.0, (x - before.first_x) / width);
  }
  const double share = (x - before.last_x) / (after.first_x - before.last_x);
  return before.last + (after.first - before.last) * share;
}

}  // namespace

void RunTrace::Apply(const RunUpdate& update) {
  ++version_;
  if (const auto* report = std::get_if<StepReport>(&update)) {
    series_.Apply(*report);
  } else {
    const RunEvent& event = std::get<RunEvent>(update);
    if (event.kind == EventKind::kGap && event.step) {
      const double step = static_cast<double>(*event.step);
      gaps_.push_back({step, step, event.message});
    }
    if (const auto forecast = ForecastDetailsOf(event)) forecast_ = forecast;
  }
  curve_.Apply(update);
}

void RunTrace::ApplyBucket(Metric metric, const SeriesBucket& bucket) {
  ++version_;
  series_.ApplyBucket(metric, bucket);
}

int64_t RunTrace::last_step() const {
  return empty() ? 0 : static_cast<int64_t>(series_.curve(Metric::kSeconds).last_x());
}

std::optional<Joules> RunTrace::EnergyAt(int64_t step) const {
  const SeriesPyramid& energy = series_.curve(Metric::kEnergy);
  const double at = static_cast<double>(step);
  if (energy.empty() || at > energy.last_x()) return std::nullopt;
  return Joules(Interpolate(energy, at));
}

std::optional<Joules> RunTrace::Energy() const {
  const SeriesPyramid& energy = series_.curve(Metric::kEnergy);
  if (energy.empty()) return std::nullopt;
  return Joules(energy.Total(energy.last_x(), energy.last_x()).last);
}

std::optional<Watts> RunTrace::Power() const {
  const SeriesPyramid& power = series_.curve(Metric::kPower);
  if (power.empty()) return std::nullopt;
  return Watts(power.Total(power.last_x(), power.last_x()).last);
}

double RunTrace::OnAxis(Axis axis, double step) const {
  if (axis == Axis::kStep) return step;
  const SeriesPyramid& over =
      series_.curve(axis == Axis::kTime ? Metric::kSeconds : Metric::kEnergy);
  if (over.empty()) return kUnknown;
  const double unit = axis == Axis::kTime ? 1 : kJoulesPerWattHour;
  const double last = over.Total(over.last_x(), over.last_x()).last;
  // Beyond the last report: at the mean pace so far.
  if (step > over.last_x()) return over.last_x() > 0 ? last / unit * step / over.last_x() : last;
  return Interpolate(over, step) / unit;
}

double RunTrace::StepAt(Axis axis, double value) const {
  if (axis == Axis::kStep) return value;
  const SeriesPyramid& over =
      series_.curve(axis == Axis::kTime ? Metric::kSeconds : Metric::kEnergy);
  if (over.empty()) return kUnknown;
  double low = over.first_x();
  double high = over.last_x();
  if (OnAxis(axis, high) < value) return high * value / OnAxis(axis, high);
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (OnAxis(axis, middle) < value ? low : high) = middle;
  }
  return high;
}

}  // namespace powerdown
