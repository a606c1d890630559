// Fair share: whose queued runs start first, and when each is expected to start. The user who used
// the least energy recently goes first. For one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/instant.h"
#include "common/energy/units.h"
#include "common/run/run.h"
#include "server/run/queue_order.h"

namespace powerdown {

// A run that has a worker.
struct RunningRun {
  std::string owner;
  std::optional<absl::Duration> step;  // how long one takes; nullopt while that is not known
  int64_t steps_left = 0;
};

class FairShare {
 public:
  // The owner's runs have used `energy` more.
  void Add(const std::string& owner, Joules energy, absl::Duration now);  // monotonic
  // Reads recent use from runs with their bills, after a restart.
  void Recall(std::vector<Run> runs, Instant now);

  // All queued runs, oldest first, in the order in which they start. `held_back` says, by owner,
  // why none of the owner's runs may start.
  std::vector<QueuePlace> Order(const std::vector<QueuedRun>& queued,
                                const std::vector<RunningRun>& running,
                                const std::map<std::string, std::string>& held_back,
                                QueueRules rules, absl::Duration now) const;

 private:
  std::map<std::string, RecentEnergy> used_;  // by owner
};

// At most how long until each place of `order` starts; empty where that is not known.
std::vector<absl::Duration> ExpectedStarts(const std::vector<QueuedRun>& queued,
                                           const std::vector<QueuePlace>& order,
                                           const std::vector<RunningRun>& running,
                                           int64_t free_places);

// By run id: "place 2 of 5, waits behind 1 in the queue, starts within 1m30s".
std::map<std::string, std::string> PlaceTexts(const std::vector<QueuedRun>& queued,
                                              const std::vector<QueuePlace>& order,
                                              const std::vector<absl::Duration>& starts);

}  // namespace powerdown
