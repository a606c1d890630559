// Who used a GPU. A run is tied to its GPU by what its worker says; by the driver's lists of
// processes; and in a container, where the driver says the host's ids, by who appeared on it after
// the launch. What that leaves open is in the bands. Pure; not thread-safe.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/energy/attribution.h"
#include "server/meter/device_use.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct UseShares {
  DeviceUse use;
  ShareBands bands;
};

// Of one GPU. Remembers who was on it before a run came.
class GpuUsers {
 public:
  explicit GpuUsers(std::string device) : device_(std::move(device)) {}
  // Of a sample that begins at `start` (monotonic). A consumer whose process is on the GPU is tied
  // to it.
  //
  // The only context on a GPU has all of its use. Where other processes are on it, what the driver
  // names counts; what nobody can tell is split equally among the runs that make steps, with a band
  // from nothing to all.
  UseShares Split(Consumers& consumers, const DeviceActivity& activity, absl::Duration start);
  // The driver has named a process of ours: ids are this box's, not those of a host around it.
  bool are_pids_visible() const { return are_pids_visible_; }

 private:
  struct Present;  // who of us is on the GPU in one sample
  void Learn(Consumers& consumers, const DeviceActivity& activity, absl::Duration start);
  Present PresentOf(const Consumers& consumers, const DeviceActivity& activity) const;
  // Those of `pids` that are its own, as the driver says them; none while unknown.
  std::vector<int64_t> PidsOf(const std::string& name, const Consumer& consumer,
                              const std::set<int64_t>& pids) const;

  std::string device_;
  bool are_pids_visible_ = false;
  std::set<int64_t> strangers_;
  std::map<std::string, std::set<int64_t>> candidates_;  // by consumer: ids that may be its own
};

}  // namespace powerdown
