#include "client/model/run_trace.h"

#include <limits>
#include <utility>

#include "client/model/forecast_text.h"
#include "common/forecast/stop_rule.h"
#include "common/run/energy_curve.h"
#include "common/run/event_details.h"

namespace powerdown {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kJoulesPerWattHour = 3600;

// Patience ends early; a run that outlasts this many evaluations is not looked at again.
constexpr size_t kMostEvaluations = 4096;

bool IsEnd(const Named<EventKind>& kind) {
  return kind == EventKind::kFinished || kind == EventKind::kFailed;
}

}  // namespace

void RunTrace::Apply(const RunUpdate& update) {
  ++version_;
  if (const auto* report = std::get_if<StepReport>(&update)) {
    ApplyReport(*report);
  } else {
    ApplyEvent(std::get<RunEvent>(update));
  }
}

void RunTrace::ApplyReport(const StepReport& report) {
  if (!series_.Apply(report)) return;
  last_ = {report.attempt, report.evaluation.step, report.time};
  if (first_.attempt != report.attempt) first_ = last_;
  WatchPatience(report.evaluation);
}

void RunTrace::WatchPatience(const Evaluation& evaluation) {
  while (!evaluations_.empty() && evaluations_.back().step >= evaluation.step) {
    evaluations_.pop_back();
  }
  if (naive_stop_ || evaluations_.size() >= kMostEvaluations) return;
  evaluations_.push_back(evaluation);
  naive_stop_ = FindNaiveStop(evaluations_);
  if (naive_stop_) evaluations_.clear();
}

void RunTrace::ApplyEvent(const RunEvent& event) {
  if (event.kind == EventKind::kMemorised) memorised_step_ = event.step;
  if (event.kind == EventKind::kGrokked) grok_step_ = event.step;
  if (event.kind == EventKind::kStopped && event.step) stop_step_ = event.step;
  if (event.kind == EventKind::kGap && event.step) {
    const double step = static_cast<double>(*event.step);
    gaps_.push_back({step, step, event.message});
  }
  if (auto forecast = ForecastDetailsOf(event)) {
    if (memorised_step_ && !first_forecast_) first_forecast_ = forecast;
    forecast_ = std::move(forecast);
  }
  if (event.kind == EventKind::kState || IsEnd(event.kind)) message_ = event.message;
}

void RunTrace::ApplyBucket(Metric metric, const SeriesBucket& bucket) {
  ++version_;
  series_.ApplyBucket(metric, bucket);
}

int64_t RunTrace::last_step() const {
  return empty() ? 0 : static_cast<int64_t>(series_.curve(Metric::kSeconds).last_x());
}

std::optional<double> RunTrace::Latest(Metric metric) const {
  const SeriesPyramid& curve = series_.curve(metric);
  if (curve.empty()) return std::nullopt;
  return curve.last();
}

std::optional<int64_t> RunTrace::predicted_grok_step() const {
  return first_forecast_ ? NamedStep(*first_forecast_) : std::nullopt;
}

std::optional<Joules> RunTrace::EnergyAt(int64_t step) const {
  return powerdown::EnergyAt(series_.curve(Metric::kEnergy), step);
}

std::optional<Joules> RunTrace::Energy() const {
  return EnergyAtEnd(series_.curve(Metric::kEnergy));
}

std::optional<Watts> RunTrace::Power() const {
  const std::optional<double> power = Latest(Metric::kPower);
  return power ? std::make_optional(Watts(*power)) : std::nullopt;
}

std::optional<double> RunTrace::StepsPerSecond() const {
  const double seconds = absl::ToDoubleSeconds(last_.time - first_.time);
  if (last_.step <= first_.step || seconds <= 0) return std::nullopt;
  return static_cast<double>(last_.step - first_.step) / seconds;
}

double RunTrace::OnAxis(Axis axis, double step) const {
  if (axis == Axis::kStep) return step;
  const SeriesPyramid& over =
      series_.curve(axis == Axis::kTime ? Metric::kSeconds : Metric::kEnergy);
  if (over.empty()) return kUnknown;
  const double unit = axis == Axis::kTime ? 1 : kJoulesPerWattHour;
  const double last = over.last();
  // Beyond the last report: at the mean pace so far.
  if (step > over.last_x()) return over.last_x() > 0 ? last / unit * step / over.last_x() : last;
  return over.At(step) / unit;
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
