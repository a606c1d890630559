// The parts of a daemon that decide, put together as server/daemon.cc does, on simulated hardware.
// Not thread-safe.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "server/meter/sampler.h"
#include "server/run/feed.h"
#include "server/run/run_queue.h"
#include "server/store/store.h"
#include "tests/support/simulation/simulated_box.h"
#include "tests/support/simulation/simulated_workers.h"
#include "tests/support/simulation/simulation_clock.h"

namespace powerdown {

inline constexpr char kSimulatedDatabase[] = "powerdown.db";  // on the simulated disk

class SimulatedDaemon {
 public:
  // Fails as a daemon that refuses to start.
  static absl::StatusOr<std::unique_ptr<SimulatedDaemon>> Start(RunQueueOptions options,
                                                                uint64_t seed,
                                                                SimulationClock* clock,
                                                                SimulatedBox* box,
                                                                SimulatedWorkers* workers);

  void Tick() { queue_->Tick(clock_->Now()); }
  Store& store() { return *store_; }
  RunQueue& queue() { return *queue_; }
  Sampler& sampler() { return *sampler_; }
  Feed& feed() { return feed_; }
  IdGenerator& ids() { return ids_; }

 private:
  SimulatedDaemon(uint64_t seed, SimulationClock* clock) : clock_(clock), ids_(seed) {}

  SimulationClock* const clock_;
  IdGenerator ids_;
  Feed feed_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Sampler> sampler_;
  std::unique_ptr<RunQueue> queue_;
};

}  // namespace powerdown
