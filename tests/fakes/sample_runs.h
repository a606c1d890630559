// A run that memorises at 140, groks at 720 and would be stopped at 790 of 1450 steps, made up for
// tests of what is shown of it.
#pragma once

#include <algorithm>
#include <cmath>

#include "client/model/run_trace.h"
#include "common/run/run.h"

namespace powerdown {

inline StepReport SampleReport(int64_t step, int64_t revision) {
  const double at = static_cast<double>(step);
  StepReport report;
  report.revision = revision;
  report.run_id = "01k9sample";
  report.time = absl::FromUnixSeconds(1'700'000'000) + absl::Milliseconds(5 * step);
  report.evaluation.step = step;
  report.evaluation.train_accuracy = std::min(1.0, at / 140);
  report.evaluation.validation_accuracy = 0.02 + 0.977 / (1 + std::exp((560 - at) / 40));
  report.power = Watts(30 + 2 * std::sin(at / 50));
  report.energy = Joules(0.15 * at);
  return report;
}

inline RunEvent SampleEvent(const std::string& kind, int64_t step) {
  RunEvent event;
  event.kind = Named<EventKind>::Parse(kind);
  event.step = step;
  return event;
}

// What is known of it once it has done `steps`.
inline RunTrace SampleTrace(int64_t steps = 1450) {
  RunTrace trace;
  int64_t revision = 0;
  for (int64_t step = 0; step <= steps; step += 10) {
    trace.Apply(SampleReport(step, ++revision));
    if (step == 140) trace.Apply(SampleEvent("memorised", 140));
    if (step == 750) trace.Apply(SampleEvent("grokked", 720));
    if (step == 790) trace.Apply(SampleEvent("stopped", 790));
  }
  return trace;
}

inline EnergyFigure SampleEnergy(double joules) {
  return {.gross = Joules(joules),
          .net = std::nullopt,
          .low = Joules(0.6 * joules),
          .high = Joules(1.4 * joules),
          .baseline = std::nullopt,
          .source = "estimate"};
}

inline Run SampleRun(int64_t steps = 1450) {
  Run run;
  run.run_id = "01k9sample";
  run.owner = "ada";
  run.state = RunState::kFinished;
  run.auto_stop = AutoStop::kObserve;
  run.steps = steps;
  run.max_steps = 1450;
  run.train_accuracy = 1.0;
  run.validation_accuracy = 0.9983;
  run.memorised_step = 140;
  run.grok_step = 720;
  run.stop = StopOutcome{790, StopReason::kGrokked, StopMode::kObserve};
  run.energy = SampleEnergy(0.15 * steps);
  run.co2 = CarbonOf(run.energy->gross, run.factors);
  run.cost = CostOf(run.energy->gross, run.factors);
  run.created_at = absl::FromUnixSeconds(1'700'000'000);
  return run;
}

inline Comparison SampleComparison() {
  Comparison comparison;
  comparison.comparison_id = "01k9comparison";
  comparison.usual = SampleRun(1450);
  comparison.stopped = SampleRun(790);
  comparison.stopped.validation_accuracy = 0.996;
  comparison.schedule_policy = "twice-median";
  comparison.schedule_max_steps = 1450;
  comparison.schedule_source = "twice the median grok step 725 of 20 runs of this family";
  comparison.has_ended = true;
  comparison.identical_prefix = true;
  comparison.accuracy_change = -0.0023;
  comparison.naive_stop = NaiveStop{"patience-10", 230, 0.034};
  comparison.recuts = {{"prototype", 951, 0.169, false}, {"literature", 100000, 0.992, true}};
  const Joules saved = Joules(0.15 * (1450 - 790));
  comparison.saved = Saving{.gross = saved,
                            .net = std::nullopt,
                            .low = saved * 0.6,
                            .high = saved * 1.4,
                            .share = 0.455,
                            .co2 = CarbonOf(saved, comparison.usual.factors),
                            .cost = CostOf(saved, comparison.usual.factors)};
  for (const int64_t runs : FleetSizes()) {
    comparison.fleet.push_back(
        FleetOf(saved, saved * 0.6, saved * 1.4, runs, comparison.usual.factors));
  }
  return comparison;
}

}  // namespace powerdown
