#include "tests/support/simulation/simulated_daemon.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "common/base/status.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<SimulatedDaemon>> SimulatedDaemon::Start(RunQueueOptions options,
                                                                        uint64_t seed,
                                                                        SimulationClock* clock,
                                                                        SimulatedBox* box,
                                                                        SimulatedWorkers* workers) {
  auto daemon = absl::WrapUnique(new SimulatedDaemon(seed, clock));
  ASSIGN_OR_RETURN(daemon->store_, Store::Open({.path = kSimulatedDatabase}));
  daemon->sampler_ = std::make_unique<Sampler>(SamplerOptions(), box->Meters(), box->Activity());
  ASSIGN_OR_RETURN(const std::vector<CounterPosition> counters,
                   daemon->store_->ledger().ReadCounters(clock->boot_id()));
  for (auto& [name, device] : box->devices()) {
    const auto stored =
        std::find_if(counters.begin(), counters.end(),
                     [&name = name](const auto& counter) { return counter.device == name; });
    device.BeginAfter(stored == counters.end() ? std::nullopt : std::optional(stored->read_at));
  }
  for (const CounterPosition& counter : counters) {
    daemon->sampler_->Resume({counter.device, counter.position, counter.read_at});
  }
  options.boot_id = clock->boot_id();
  daemon->queue_ =
      std::make_unique<RunQueue>(std::move(options), clock, &daemon->ids_, daemon->store_.get(),
                                 daemon->sampler_.get(), &daemon->feed_, workers);
  RETURN_IF_ERROR(daemon->queue_->Recover(clock->Now()));
  return daemon;
}

}  // namespace powerdown
