#include "server/trainer/watch_bench.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <vector>

#include "common/base/json.h"
#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/forecast/forecaster.h"
#include "common/forecast/stop_rule.h"
#include "common/run/run_json.h"
#include "server/trainer/trainer.h"

namespace powerdown {
namespace {

double ProcessorSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Processor time of steps, by what was done in them. Medians, since now and then a checkpoint is
// written in one.
struct StepTimes {
  std::vector<double> plain;
  std::vector<double> evaluated;
  std::vector<double> probed;  // evaluated, with features
  double all = 0;
};

StepReport ReportOf(const StepLine& line) {
  StepReport report;
  report.evaluation = line.evaluation;
  report.gradient_norm = line.gradient_norm;
  report.weight_norm = line.weight_norm;
  report.activation_sparsity = line.activation_sparsity;
  return report;
}

absl::Status Train(const RunSpec& spec, StepTimes& times, std::vector<StepReport>& reports) {
  StartCommand start;
  start.spec = spec;
  start.auto_stop = AutoStop::kOff;
  bool is_probed = false;
  const auto take = [&](const WorkerLine& line) {
    const auto* step = std::get_if<StepLine>(&line);
    if (step == nullptr) return;
    is_probed = !step->features.empty();
    reports.push_back(ReportOf(*step));
  };
  const std::string folder = std::filesystem::temp_directory_path() / "powerdown-watch-XXXXXX";
  std::vector<char> path(folder.begin(), folder.end());
  path.push_back('\0');
  if (mkdtemp(path.data()) == nullptr) return absl::UnavailableError("no temporary folder");
  start.directory = path.data();
  ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer,
                   Trainer::Create(start, take, [] { return absl::Duration(); }));
  for (bool has_ended = false; !has_ended;) {
    const size_t known = reports.size();
    const double begin = ProcessorSeconds();
    const absl::StatusOr<bool> step = trainer->Step();
    const double spent = ProcessorSeconds() - begin;
    if (!step.ok()) return step.status();
    has_ended = *step;
    times.all += spent;
    const bool is_evaluated = reports.size() > known;
    (!is_evaluated ? times.plain : is_probed ? times.probed : times.evaluated).push_back(spent);
  }
  std::error_code ignored;
  std::filesystem::remove_all(path.data(), ignored);
  return absl::OkStatus();
}

double Decide(const std::vector<StepReport>& reports, const RunSpec& spec,
              std::shared_ptr<const Predictor> predictor) {
  StopRule rule{StopRuleOptions()};
  const double begin = ProcessorSeconds();
  Forecaster forecaster(std::move(predictor), spec, spec.max_steps);
  forecaster.Before();
  for (const StepReport& report : reports) {
    rule.Observe(report.evaluation);
    forecaster.Observe(report);
  }
  return ProcessorSeconds() - begin;
}

int64_t PlainEvaluations(int64_t last_step) {
  int64_t count = 1;
  for (int64_t step = 0; step < last_step; ++count) step += std::max<int64_t>(10, step / 50);
  return count;
}

}  // namespace

absl::StatusOr<std::string> BenchWatching(const RunSpec& spec,
                                          std::shared_ptr<const Predictor> predictor) {
  StepTimes times;
  std::vector<StepReport> reports;
  RETURN_IF_ERROR(Train(spec, times, reports));
  const double step = Median(times.plain);
  const double evaluation = std::max(0.0, Median(times.evaluated) - step);
  const double probe = std::max(0.0, Median(times.probed) - step - evaluation);
  const int64_t extra =
      static_cast<int64_t>(reports.size()) - PlainEvaluations(reports.back().evaluation.step);
  const double decisions = Decide(reports, spec, std::move(predictor));
  const double features = probe * static_cast<double>(times.probed.size());
  const double evaluations = evaluation * static_cast<double>(std::max<int64_t>(0, extra));
  const Json result = {{"run_seconds", times.all},
                       {"decision_seconds", decisions},
                       {"feature_seconds", features},
                       {"extra_evaluation_seconds", evaluations},
                       {"evaluations", reports.size()},
                       {"extra_evaluations", extra},
                       {"watch_share", (decisions + features + evaluations) / times.all}};
  return JsonText(result);
}

}  // namespace powerdown
