#include "client/model/run_curve.h"

#include <algorithm>
#include <iterator>

#include "common/forecast/stop_rule.h"

namespace powerdown {
namespace {

constexpr int kPatience = 10;
// Patience ends early; a run that outlasts this many evaluations is not looked at again.
constexpr size_t kMostEvaluations = 4096;

bool IsEnd(const Named<EventKind>& kind) {
  return kind == EventKind::kFinished || kind == EventKind::kFailed;
}

}  // namespace

void RunCurve::Apply(const RunUpdate& update) {
  last_revision_ = std::max(last_revision_, RevisionOf(update));
  if (const auto* report = std::get_if<StepReport>(&update)) {
    ApplyReport(*report);
  } else {
    ApplyEvent(std::get<RunEvent>(update));
  }
}

void RunCurve::ApplyReport(const StepReport& report) {
  const Evaluation& evaluation = report.evaluation;
  while (!points_.empty() && points_.back().step >= evaluation.step) points_.pop_back();
  while (!evaluations_.empty() && evaluations_.back().step >= evaluation.step) {
    evaluations_.pop_back();
  }
  points_.push_back({.step = evaluation.step,
                     .attempt = report.attempt,
                     .time = report.time,
                     .train_accuracy = evaluation.train_accuracy,
                     .validation_accuracy = evaluation.validation_accuracy,
                     .power = report.power,
                     .energy = report.energy});
  WatchPatience(evaluation);
  if (points_.size() <= kMostPoints) return;
  size_t kept = 0;
  for (size_t i = 0; i < points_.size(); i += 2) points_[kept++] = points_[i];
  if (points_.size() % 2 == 0) points_[kept++] = points_.back();
  points_.resize(kept);
}

void RunCurve::WatchPatience(const Evaluation& evaluation) {
  if (naive_stop_ || evaluations_.size() >= kMostEvaluations) return;
  evaluations_.push_back(evaluation);
  const std::optional<size_t> stop = PatienceStop(evaluations_, kPatience);
  if (!stop) return;
  naive_stop_ =
      NaiveStop{"patience-10", evaluations_[*stop].step, evaluations_[*stop].validation_accuracy};
  evaluations_.clear();
}

void RunCurve::ApplyEvent(const RunEvent& event) {
  if (event.kind == EventKind::kMemorised) memorised_step_ = event.step;
  if (event.kind == EventKind::kGrokked) grok_step_ = event.step;
  if (event.kind == EventKind::kStopped && event.step) stop_step_ = event.step;
  if (IsEnd(event.kind)) has_ended_ = true;
  if (event.kind == EventKind::kState || IsEnd(event.kind)) message_ = event.message;
}

std::optional<Joules> RunCurve::EnergyAt(int64_t step) const {
  const auto after =
      std::lower_bound(points_.begin(), points_.end(), step,
                       [](const CurvePoint& point, int64_t wanted) { return point.step < wanted; });
  if (after == points_.end()) return std::nullopt;
  if (after->step == step || after == points_.begin()) return after->energy;
  const auto before = std::prev(after);
  if (!before->energy || !after->energy) return after->energy;
  const double share =
      static_cast<double>(step - before->step) / static_cast<double>(after->step - before->step);
  return *before->energy + (*after->energy - *before->energy) * share;
}

std::optional<Joules> RunCurve::Energy() const {
  const auto known = std::find_if(points_.rbegin(), points_.rend(),
                                  [](const CurvePoint& point) { return point.energy.has_value(); });
  return known == points_.rend() ? std::nullopt : known->energy;
}

std::optional<Watts> RunCurve::Power() const {
  const auto known = std::find_if(points_.rbegin(), points_.rend(),
                                  [](const CurvePoint& point) { return point.power.has_value(); });
  return known == points_.rend() ? std::nullopt : known->power;
}

std::optional<double> RunCurve::StepsPerSecond() const {
  if (points_.empty()) return std::nullopt;
  const CurvePoint& last = points_.back();
  const auto first = std::find_if(points_.begin(), points_.end(), [&](const CurvePoint& point) {
    return point.attempt == last.attempt;
  });
  const double seconds = absl::ToDoubleSeconds(last.time - first->time);
  if (last.step <= first->step || seconds <= 0) return std::nullopt;
  return static_cast<double>(last.step - first->step) / seconds;
}

}  // namespace powerdown
