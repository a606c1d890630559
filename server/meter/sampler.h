// One sampler a box: reads all meters, splits each interval among the registered consumers and
// returns what to book. Thread-safe; Tick is called by one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/energy.h"
#include "server/meter/baseline.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct SamplerOptions {
  // A booked row grows until it is this share of its consumer's age (at least the first, at most
  // the second), so that rows stay few in long runs and fine in short ones.
  double row_share = 0.01;
  absl::Duration shortest_row = absl::Milliseconds(100);
  absl::Duration longest_row = absl::Seconds(10);
  BaselineOptions baseline;
};

class Sampler {
 public:
  // `statuses` is what Meters() tells: also of sources that are not used, and why.
  Sampler(SamplerOptions options, std::vector<std::unique_ptr<PowerMeter>> meters,
          std::unique_ptr<HostActivity> activity, std::vector<MeterStatus> statuses = {});

  // From now on what `pid` uses is booked to `consumer` ("run/<id>/<attempt>").
  void AddConsumer(const std::string& consumer, int64_t pid, Instant now);
  // Call after the Tick that follows its end and before its process is reaped, so that the CPU time
  // of its last moments has been booked.
  void RemoveConsumer(const std::string& consumer);

  struct Booked {
    std::vector<LedgerInterval> intervals;  // open rows come again with the same start, grown
    std::vector<PowerSample> samples;
  };
  // Reads the meters once and books the time since each one's previous good reading.
  Booked Tick(Instant now);

  // Energy and mean power of a consumer up to `at`: linear within a tick's interval. Nullopt before
  // its first tick. Kept for a minute of ticks and until it is removed.
  struct Standing {
    Joules energy;
    Watts power;
  };
  std::optional<Standing> StandingAt(const std::string& consumer, absl::Duration at) const;

  std::optional<Baseline> baseline(const std::string& device) const;
  void RestoreBaseline(const std::string& device, const Baseline& baseline);
  std::vector<MeterStatus> Meters() const;
  // The samples of the last minute that end after `since`, oldest first, for live watchers.
  std::vector<PowerSample> RecentSamples(absl::Duration since) const;

 private:
  struct Source {
    std::unique_ptr<PowerMeter> meter;
    std::optional<PowerReading> last;           // the previous good reading…
    absl::Duration last_read;                   // … its monotonic time…
    std::optional<HostActivity::Use> last_use;  // … and the use of the box then
    bool has_missed = false;                    // a read failed since
  };
  struct Consumer {
    int64_t pid = 0;
    absl::Duration added_at;  // monotonic
  };
  // Cumulative energy at the end of a tick.
  struct Mark {
    absl::Duration at;
    Joules energy;
  };
  using RowKey = std::pair<std::string, std::string>;  // device, consumer

  std::optional<PowerSample> Difference(Source& source, const PowerReading& reading, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  DeviceUse UseSince(const HostActivity::Use& before, const HostActivity::Use& now,
                     absl::Duration time) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Book(const std::vector<LedgerInterval>& intervals, Booked& booked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsRowFull(const LedgerInterval& row) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MarkStandings(const std::map<std::string, Joules>& added, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SamplerOptions options_;
  const std::vector<MeterStatus> statuses_;
  mutable absl::Mutex mutex_;
  const std::unique_ptr<HostActivity> activity_ ABSL_PT_GUARDED_BY(mutex_);
  std::vector<Source> sources_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Consumer> consumers_ ABSL_GUARDED_BY(mutex_);
  std::map<RowKey, LedgerInterval> open_rows_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<Mark>> marks_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, BaselineFinder> finders_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Baseline> baselines_ ABSL_GUARDED_BY(mutex_);
  std::deque<PowerSample> recent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
