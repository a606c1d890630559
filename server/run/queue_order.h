// The order in which queued runs start: by priority; then fair share, the user who used the least
// energy recently first; then age. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/units.h"
#include "server/store/queued_run.h"

namespace powerdown {

// Energy that counts less the longer ago it was used. Plain value.
class RecentEnergy {
 public:
  static constexpr absl::Duration kHalfLife = absl::Hours(6);
  void Add(Joules energy, absl::Duration now);  // monotonic
  Joules At(absl::Duration now) const;

 private:
  Joules energy_;
  absl::Duration at_;
};

struct UserShare {
  Joules used;            // lately
  int64_t running = 0;    // runs that have a worker
  std::string held_back;  // why none of the user's may start; empty: they may
};

struct QueuePlace {
  size_t index = 0;    // into the queued runs as given
  std::string reason;  // why it does not start now; empty: it may
};

struct QueueRules {
  int64_t free_places = 0;            // workers that may start now
  int64_t most_running_per_user = 0;  // 0: no limit
  Joules usual_run;                   // what a run is taken to use before it has
};

// All queued runs in the order in which they start. `queued` is oldest first. Each run that is
// given a place counts against its owner as a usual one, so that users take turns.
std::vector<QueuePlace> StartOrder(const std::vector<QueuedRun>& queued,
                                   std::map<std::string, UserShare> shares,
                                   const QueueRules& rules);

}  // namespace powerdown
