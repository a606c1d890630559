#include "server/store/incoming_runs.h"

namespace powerdown {

RunsInMemory::RunsInMemory(const std::vector<RunBundle>& bundles) {
  for (const RunBundle& bundle : bundles) {
    IncomingRun& run = incoming.emplace_back();
    run.run = bundle.run;
    run.ledger = bundle.ledger;
    run.updates = static_cast<int64_t>(bundle.updates.size());
    if (!bundle.updates.empty()) run.last = bundle.updates.back();
  }
  next = [&bundles, bundle = size_t{0}, update = size_t{0}]() mutable {
    while (update == bundles[bundle].updates.size()) {
      ++bundle;
      update = 0;
    }
    return bundles[bundle].updates[update++];
  };
}

}  // namespace powerdown
