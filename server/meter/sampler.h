// One sampler a box: reads all meters, splits each interval among the registered consumers and
// returns what to book. Thread-safe; Tick is called by one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/energy.h"
#include "server/meter/baseline.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct SamplerOptions {
  // A booked row grows until it is this share of its consumer's age (at least the first, at most the
  // second), so that rows stay few in long runs and fine in short ones.
  double row_share = 0.01;
  absl::Duration shortest_row = absl::Milliseconds(100);
  absl::Duration longest_row = absl::Seconds(10);
};

class Sampler {
 public:
  Sampler(SamplerOptions options, std::vector<std::unique_ptr<PowerMeter>> meters,
          std::unique_ptr<HostActivity> activity);

  // From now on what `pid` uses is booked to `consumer` ("run/<id>/<attempt>").
  void AddConsumer(const std::string& consumer, int64_t pid, Instant now);
  // Its last interval is booked by the next Tick, which must be called before the process is reaped
  // for the CPU time of its last moments to count.
  void RemoveConsumer(const std::string& consumer);

  struct Booked {
    std::vector<LedgerInterval> intervals;  // open rows come again with the same start, grown
    std::vector<PowerSample> samples;
  };
  // Reads the meters once and books the time since the previous tick.
  Booked Tick(Instant now);

  // Energy and mean power of all of `prefix`'s consumers up to `at`, of this process's life: linear
  // within a tick's interval. Nullopt while nothing is booked. Kept for the last 60 s of ticks.
  struct Standing {
    Joules energy;
    Watts power;
  };
  std::optional<Standing> StandingAt(const std::string& prefix, absl::Duration at) const;

  std::optional<Baseline> baseline(const std::string& device) const;
  void RestoreBaseline(const std::string& device, const Baseline& baseline);
  std::vector<MeterStatus> Meters() const;
  // The last samples of each device, oldest first, for live watchers (at most a minute).
  std::vector<PowerSample> RecentSamples(absl::Duration since) const;
};

}  // namespace powerdown
