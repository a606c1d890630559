#include "server/trainer/bench.h"

#include <chrono>
#include <vector>

#include "common/base/json.h"
#include "common/base/statistics.h"
#include "common/base/status.h"
#include "common/run/run_json.h"
#include "server/trainer/network/library.h"
#include "server/trainer/trainer.h"

namespace powerdown {
namespace {

using SteadyClock = std::chrono::steady_clock;

double Seconds(SteadyClock::duration time) {
  return std::chrono::duration<double>(time).count();
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
  const double gflops = trainer->StepFlops() / median / 1e9;
  Json result;
  result["median_step_ms"] = median * 1e3;
  result["steps_per_second"] = 1 / median;
  result["gflops"] = gflops;
  result["peak_gflops_share"] = gflops / PeakGflops();
  return JsonText(result);
}

}  // namespace powerdown
