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
  std::string receipt_key;  // public; empty from an older daemon
};

struct MeterRow {
  std::string meter;
  std::string device;
  std::string source;
  bool is_used = false;
  std::string reason;
  std::string remedy;
};
struct BaselineRow {  // power at rest
  std::string device;
  Watts power;
  Watts low;
  Watts high;
};
// The meters of the box, and what its devices draw at rest.
struct BoxPower {
  std::vector<MeterRow> meters;
  std::vector<BaselineRow> baselines;
};

}  // namespace powerdown
