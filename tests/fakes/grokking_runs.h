// Runs with a known law, for tests of what learns from runs: the higher the weight decay, the
// sooner they grok; one operation never does.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "common/study/stop_evaluation.h"

namespace powerdown {

inline StepReport GrokkingReport(int64_t step, double memorised, double grok) {
  const double at = static_cast<double>(step);
  StepReport report;
  report.time = absl::UnixEpoch() + absl::Milliseconds(step);
  Evaluation& evaluation = report.evaluation;
  evaluation.step = step;
  evaluation.train_accuracy = std::min(1.0, at / memorised);
  evaluation.train_loss = std::exp(-3 * at / memorised) + 1e-4;
  const double rise = grok > 0 ? 1 / (1 + std::exp(-12 * (at / grok - 0.62))) : 0;
  // Counted on a thousand questions.
  evaluation.validation_accuracy = std::round(1000 * std::min(0.999, 0.03 + rise)) / 1000;
  evaluation.validation_loss = 5 * (1 - rise) + 0.01;
  report.weight_norm = grok > 0 ? 50 * std::exp(-at / grok) : 50;
  report.gradient_norm = 1e-3;
  report.activation_sparsity = 0.5;
  report.energy = Joules(0.01 * at);
  return report;
}

// `grok` 0: never.
inline RecordedRun GrokkingRun(const std::string& run_id, const RunSpec& spec, double memorised,
                               double grok) {
  RecordedRun recorded;
  recorded.run.run_id = run_id;
  recorded.run.spec = spec;
  recorded.run.max_steps = spec.max_steps;
  recorded.run.state = RunState::kFinished;
  for (int64_t step = 0;;) {
    recorded.reports.push_back(GrokkingReport(step, memorised, grok));
    if (step >= spec.max_steps) break;
    step = std::min(spec.max_steps, step + std::max<int64_t>(10, step / 50));
  }
  return recorded;
}

inline std::vector<RecordedRun> GrokkingRuns() {
  std::vector<RecordedRun> runs;
  for (const char* task : {"addition", "subtraction", "multiplication", "random-labels"}) {
    for (int i = 0; i < 15; ++i) {
      RunSpec spec;
      spec.task = task;
      spec.modulus = 23;
      spec.weight_decay = std::pow(10, -1 + 0.1 * i);
      spec.seed = i;
      spec.max_steps = 20000;
      const bool never = spec.task == "random-labels";
      // A little of what no feature tells.
      const double luck = std::pow(10, 0.1 * std::sin(7.0 * i + static_cast<double>(task[0])));
      runs.push_back(GrokkingRun(spec.task + std::to_string(i), spec, 60,
                                 never ? 0 : 1500 / spec.weight_decay * luck));
    }
  }
  return runs;
}

}  // namespace powerdown
