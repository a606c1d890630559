// What a daemon says of itself. Plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

struct ServerFacts {
  std::string version;
  std::string hostname;
  std::string state_dir;
  int64_t running_runs = 0;
  int64_t queued_runs = 0;
  int64_t watchers = 0;
  absl::Time started_at;
  std::vector<std::string> features;
  std::string addresses;
  int64_t pid = 0;
  std::optional<double> own_core_share;  // of one core, used by the daemon itself
  std::optional<Watts> own_power;
};

}  // namespace powerdown
