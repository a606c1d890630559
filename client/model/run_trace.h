// What a run's updates say so far: all curves as pyramids over the step, the milestones, and where
// a step lies on an axis of time or energy. The one model of a run for the live views of the
// desktop client and of the command line. Plain values, not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/run/run_series.h"

namespace powerdown {

enum class Axis { kStep, kTime, kEnergy };

// A stretch without a reading, in steps.
struct Gap {
  double from = 0;
  double to = 0;
  std::string reason;
};

class RunTrace {
 public:
  void Apply(const RunUpdate& update);
  // Of a long run's beginning, before its updates from the next revision on.
  void ApplyBucket(Metric metric, const SeriesBucket& bucket);

  const SeriesPyramid& series(Metric metric) const { return series_.curve(metric); }
  // The value of the newest report that has one. Nullopt where none has.
  std::optional<double> Latest(Metric metric) const;
  // The steps that a later attempt did again, as earlier attempts reported them; drawn as ghosts.
  const std::vector<RunSeries::Curves>& abandoned() const { return series_.abandoned(); }
  const std::vector<Gap>& gaps() const { return gaps_; }

  std::optional<int64_t> memorised_step() const { return memorised_step_; }
  std::optional<int64_t> grok_step() const { return grok_step_; }
  std::optional<int64_t> stop_step() const { return stop_step_; }
  // Where stopping after ten evaluations without a better one would have ended.
  const std::optional<NaiveStop>& naive_stop() const { return naive_stop_; }
  const std::optional<Forecast>& forecast() const { return forecast_; }  // the latest
  // The first made after it memorised; it stays, so that it can be held against the grok.
  const std::optional<Forecast>& first_forecast() const { return first_forecast_; }
  // Of the first forecast; absent where that names no step.
  std::optional<int64_t> predicted_grok_step() const;
  const std::string& message() const { return message_; }  // of the last state change

  bool empty() const { return series_.curve(Metric::kSeconds).empty(); }
  int64_t last_step() const;
  // Grows with every update.
  uint64_t version() const { return version_; }

  // Energy of the run up to a step; see common/run/energy_curve.h.
  std::optional<Joules> EnergyAt(int64_t step) const;
  std::optional<Joules> Energy() const;  // the latest known
  std::optional<Watts> Power() const;
  // Of the current attempt. Nullopt before it has two reports.
  std::optional<double> StepsPerSecond() const;

  // Where a step lies on an axis: itself, seconds of training, or watt-hours. Between reports in
  // proportion. NaN where nothing is known.
  double OnAxis(Axis axis, double step) const;
  // And back.
  double StepAt(Axis axis, double value) const;

 private:
  void ApplyReport(const StepReport& report);
  void ApplyEvent(const RunEvent& event);
  void WatchPatience(const Evaluation& evaluation);

  // More than the columns of a wide screen; all curves of a long run together then take 8 MB.
  static constexpr size_t kMostBuckets = 8192;
  struct Moment {
    int64_t attempt = 0;
    int64_t step = 0;
    absl::Time time;
  };

  RunSeries series_{kMostBuckets};
  std::vector<Gap> gaps_;
  std::optional<Forecast> forecast_;
  std::optional<Forecast> first_forecast_;
  std::vector<Evaluation> evaluations_;  // until naive_stop_ is known
  std::optional<NaiveStop> naive_stop_;
  std::optional<int64_t> memorised_step_;
  std::optional<int64_t> grok_step_;
  std::optional<int64_t> stop_step_;
  std::string message_;
  Moment first_;  // of the current attempt
  Moment last_;
  uint64_t version_ = 0;
};

}  // namespace powerdown
