// The forecast weights that each run was submitted with, kept by hash in the state folder: a run
// keeps its weights when the daemon's change. For one thread at a time.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/run/run.h"

namespace powerdown {

class PinnedWeights {
 public:
  // `current` are the daemon's weights as JSON; empty: nothing is forecast.
  PinnedWeights(const std::string& state_dir, std::string current);

  // Keeps the current weights and returns their hash; empty if there are none.
  absl::StatusOr<std::string> Pin() const;
  // The run's weights as JSON; empty if it has none, or they are gone.
  std::string Read(const Run& run) const;
  // Gives the run the current weights where its own cannot be used by this version. The event says
  // so.
  absl::StatusOr<std::optional<RunEvent>> Renew(Run& run, absl::Time now) const;

 private:
  std::string PathOf(const std::string& hash) const;

  const std::string folder_;
  const std::string current_;
};

}  // namespace powerdown
