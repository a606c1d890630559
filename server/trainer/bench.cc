#include "server/trainer/bench.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "common/run_json.h"
#include "common/status.h"
#include "server/trainer/trainer.h"

namespace powerdown {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Seconds(SteadyClock::duration time) {
  return std::chrono::duration<double>(time).count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double PeakGflops() {
  constexpr int64_t kSize = 1024;
  const torch::Tensor a = torch::ones({kSize, kSize});
  torch::Tensor product = torch::empty({kSize, kSize});
  double best = 1e9;
  for (int i = 0; i < 8; ++i) {
    const auto begin = SteadyClock::now();
    torch::mm_out(product, a, a);
    best = std::min(best, Seconds(SteadyClock::now() - begin));
  }
  return 2.0 * kSize * kSize * kSize / best / 1e9;
}

// Multiplications and additions of one step of the plain modules: forward, and twice that backward.
double StepFlops(const RunSpec& spec, const Dataset& dataset) {
  const auto pairs =
      static_cast<double>(spec.batch_size > 0 ? spec.batch_size : dataset.train.size());
  const auto width = static_cast<double>(spec.width);
  const auto hidden = static_cast<double>(spec.hidden);
  const auto layers = static_cast<double>(spec.layers);
  const auto classes = static_cast<double>(dataset.table.classes);
  const auto operands = static_cast<double>(dataset.table.operands);
  double forward = 0;
  if (spec.model == "transformer") {
    const double length = operands + 1;
    forward = layers * length * (4 * width * width + 2 * width * hidden + 2 * length * width) +
              width * classes;
  } else {
    forward = operands * width * hidden + (layers - 1) * hidden * hidden + hidden * classes;
  }
  return 3 * 2 * forward * pairs;
}

}  // namespace

absl::StatusOr<std::string> BenchSpec(const RunSpec& spec, EngineKind kind) {
  constexpr int kWarmUp = 5;
  constexpr double kLongest = 5;  // seconds
  constexpr size_t kMostSteps = 400;
  StartCommand start;
  start.spec = spec;
  start.spec.max_steps = 1'000'000;
  start.spec.evaluate_every = 1'000'000;
  start.auto_stop = AutoStop::kOff;
  ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer,
                   Trainer::Create(
                       start, [](const WorkerLine&) {}, [] { return absl::Duration(); }, kind));
  for (int i = 0; i < kWarmUp; ++i) RETURN_IF_ERROR(trainer->Step().status());
  std::vector<double> times;
  const auto begin = SteadyClock::now();
  while (times.size() < kMostSteps && Seconds(SteadyClock::now() - begin) < kLongest) {
    const auto step = SteadyClock::now();
    RETURN_IF_ERROR(trainer->Step().status());
    times.push_back(Seconds(SteadyClock::now() - step));
  }
  const double median = Median(times);
  const double gflops = StepFlops(spec, trainer->dataset()) / median / 1e9;
  Json result;
  result["median_step_ms"] = median * 1e3;
  result["steps_per_second"] = 1 / median;
  result["gflops"] = gflops;
  result["peak_gflops_share"] = gflops / PeakGflops();
  return result.dump();
}

}  // namespace powerdown
