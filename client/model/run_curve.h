// What a run's updates told so far, for live views: its curve and its milestones. Plain values, not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/run/run.h"

namespace powerdown {

struct CurvePoint {
  int64_t step = 0;
  int64_t attempt = 1;
  absl::Time time;
  double train_accuracy = 0;
  double validation_accuracy = 0;
  std::optional<Watts> power;
  std::optional<Joules> energy;  // of the run up to here
};

class RunCurve {
 public:
  void Apply(const RunUpdate& update);

  // In ascending steps. A later attempt replaces the steps that it does again. Beyond kMostPoints
  // every second point is dropped, so that a run of weeks stays small.
  static constexpr size_t kMostPoints = 4096;
  const std::vector<CurvePoint>& points() const { return points_; }
  bool empty() const { return points_.empty(); }
  int64_t last_step() const { return points_.empty() ? 0 : points_.back().step; }

  std::optional<int64_t> memorised_step() const { return memorised_step_; }
  std::optional<int64_t> grok_step() const { return grok_step_; }
  std::optional<int64_t> stop_step() const { return stop_step_; }
  // Where stopping after ten evaluations without a better one would have ended.
  const std::optional<NaiveStop>& naive_stop() const { return naive_stop_; }

  int64_t last_revision() const { return last_revision_; }
  const std::string& message() const { return message_; }  // of the last state change
  bool has_ended() const { return has_ended_; }

  // Energy up to a step, between reports in proportion to the steps. Nullopt where none is known.
  std::optional<Joules> EnergyAt(int64_t step) const;
  std::optional<Joules> Energy() const;  // the latest known
  std::optional<Watts> Power() const;
  // Of the current attempt. Nullopt before it has two reports.
  std::optional<double> StepsPerSecond() const;

 private:
  void ApplyReport(const StepReport& report);
  void ApplyEvent(const RunEvent& event);
  void WatchPatience(const Evaluation& evaluation);

  std::vector<CurvePoint> points_;
  std::vector<Evaluation> evaluations_;  // until naive_stop_ is known
  std::optional<NaiveStop> naive_stop_;
  std::optional<int64_t> memorised_step_;
  std::optional<int64_t> grok_step_;
  std::optional<int64_t> stop_step_;
  int64_t last_revision_ = 0;
  std::string message_;
  bool has_ended_ = false;
};

}  // namespace powerdown
