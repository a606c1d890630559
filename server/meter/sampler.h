// One sampler per box: reads all meters, splits each interval among the registered consumers and
// returns what to book. Thread-safe; Tick and what changes the consumers are called by one thread.
// Meters are read without the mutex: others never wait for a driver.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/hot_mutex.h"
#include "common/energy/energy.h"
#include "server/meter/baseline.h"
#include "server/meter/device_use.h"
#include "server/meter/gpu_use.h"
#include "server/meter/metered_device.h"
#include "server/meter/open_rows.h"
#include "server/meter/own_cost.h"
#include "server/meter/power_meter.h"

namespace powerdown {

struct SamplerOptions {
  RowOptions rows;
  BaselineOptions baseline;
  // A meter that fails for this long is booked as a gap, so that a run can end without it.
  absl::Duration longest_gap = absl::Minutes(1);
  // Meters that keep their device awake are read this long after the start and after the last run,
  // to learn the baseline before and its drift after it.
  absl::Duration baseline_time = absl::Seconds(30);
  int64_t own_pid = 0;  // whose cost OwnCost tells; 0: nobody's
};

class Sampler {
 public:
  // `statuses` is what Meters() tells: also of sources that are not used, and why.
  Sampler(SamplerOptions options, std::vector<std::unique_ptr<PowerMeter>> meters,
          std::unique_ptr<HostActivity> activity, std::vector<MeterStatus> statuses = {});

  // From now on what `pid` uses is booked to `consumer` ("run/<id>/<attempt>"). `wanted` is where
  // it was asked to train ("cuda"); empty: where it likes.
  void AddConsumer(const std::string& consumer, int64_t pid, Instant now,
                   const std::string& wanted = "");
  // The same of all that descends from `pid`, wherever on the box it computes.
  void AddTree(const std::string& consumer, int64_t pid, Instant now);
  // Where it trains, once it says so ("cuda…" is a GPU), and the UUID of its GPU as the driver says
  // it; empty: unknown.
  void SetConsumerDevice(const std::string& consumer, const std::string& device,
                         const std::string& uuid = "");
  // It made `steps` steps since its last call. The period of its loop tells what a part-time sensor
  // misses.
  void NoteSteps(const std::string& consumer, int64_t steps, absl::Duration at);

  // The box slept: what was drawn meanwhile is nobody's.
  struct Suspension {
    absl::Duration at;  // monotonic
    absl::Duration slept;
  };
  struct Position {
    std::string device;
    std::string text;  // empty: unknown, as a gap was booked up to then
    absl::Duration read_at;
  };
  // A device whose meter has failed for longest_gap, or is not believed, and when that is over.
  struct SensorChange {
    std::string device;
    std::string meter;
    absl::Status error;       // ok: it is back
    bool is_bridged = false;  // another source of the device, or its other parts, stand in
    bool is_new = false;      // it was not there before
  };
  struct Booked {
    std::vector<LedgerInterval> intervals;  // open rows come again with the same start, grown
    std::vector<PowerSample> samples;
    std::vector<Position> positions;  // where counters stand after these intervals
    std::optional<Suspension> suspension;
    std::vector<SensorChange> sensors;
  };
  // Books what is open of the consumer up to the last Tick, gaps too: its figure is final then.
  // Call after the Tick that follows its end and before its process is reaped, so that the CPU time
  // of its last moments has been booked.
  Booked Close(const std::string& consumer);
  // The next Tick books what was not closed.
  void RemoveConsumer(const std::string& consumer);

  // Meters that were not there before, of a device that has none or only an estimate so far, and
  // what Meters() tells from now on. Other meters are let go. The devices that are metered now.
  std::vector<std::string> Adopt(std::vector<std::unique_ptr<PowerMeter>> meters,
                                 std::vector<MeterStatus> statuses);
  // How many meters gave readings again after they had been lost.
  int64_t returned_sensors() const;

  // Reads the meters once and books the time since each one's previous good reading.
  Booked Tick(Instant now);

  // Energy and mean power of a consumer up to `at`. Nullopt before its first tick.
  std::optional<Standing> StandingAt(const std::string& consumer, absl::Duration at) const;

  // Somebody looks: meters that may rest are read until then.
  void NeedUntil(absl::Duration until);

  // At deep rest; where only a level with open contexts was ever seen, that one.
  std::optional<Baseline> baseline(const std::string& device) const;
  std::optional<Baseline> baseline(const std::string& device, RestLevel level) const;
  // Why none is being established now; empty if one is.
  std::string baseline_obstacle(const std::string& device) const;
  void RestoreBaseline(const std::string& device, const Baseline& baseline);
  // Before the first Tick. False if the device's counter cannot be resumed.
  bool Resume(const Position& position);
  void Calibrate(const std::string& device, const Calibration& calibration);
  void Uncalibrate(const std::string& device);
  // The sensor's own mean power since then, not calibrated. NotFound for a device without a meter,
  // FailedPrecondition for one that is only estimated, Unavailable if nothing was measured.
  absl::StatusOr<Watts> SensorPower(const std::string& device, absl::Duration since) const;

  std::vector<MeterStatus> Meters() const;
  // The samples of the last minute that end after `since`, oldest first, for live watchers.
  std::vector<PowerSample> RecentSamples(absl::Duration since) const;
  // What the daemon itself used over the last minute.
  std::optional<OwnCost> own_cost() const;

 private:
  struct Source {
    explicit Source(std::unique_ptr<PowerMeter> meter)
        : device(std::move(meter)), gpu_users(device.description().device) {}
    MeteredDevice device;
    std::optional<HostActivity::Use> last_use;  // of the box at the last good reading
    GpuUsers gpu_users;
    std::optional<BaselineFinder> finder;
    std::optional<BaselineFinder> context_finder;
    std::string obstacle;
    bool is_told = false;  // that it is lost, or not believed
    // Since then (monotonic) nothing was booked of it, though a consumer was there.
    std::optional<absl::Duration> owed_since;
    std::optional<HostActivity::Use> owed_use;  // of the box at that time
  };

  Source* Find(const std::string& device) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Source* Find(const std::string& device) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsNeeded(const Source& source, Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where the counter stands after what was booked last.
  static void AddPosition(const Source& source, std::vector<Position>& positions);
  // What the tick's thread reads before it takes the mutex.
  struct Plan {
    std::vector<int64_t> pids;
    std::set<int64_t> trees;          // those of them that lead one
    std::vector<PowerMeter*> meters;  // one for each source; null: it is not needed
  };
  Plan MakePlan(Instant now) ABSL_LOCKS_EXCLUDED(mutex_);
  // `reading` is nullopt for a source that is not needed.
  void TickSource(Source& source, std::optional<absl::StatusOr<PowerReading>> reading,
                  const HostActivity::Use& use, Instant now, Booked& booked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // By what the box had used at its start and at its end.
  UseShares UseOf(Source& source, const std::optional<HostActivity::Use>& before,
                  const HostActivity::Use& now, const PowerSample& sample)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BookOwed(Source& source, absl::Duration until, std::optional<Watts> guess,
                const HostActivity::Use& use, Instant now, Booked& booked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BookGap(Source& source, const PowerSample& gap, Instant now, Booked& booked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a GPU may have drawn for which there is no meter.
  void BookUnmetered(absl::Duration now, Booked& booked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GuessOpen(Source& source, const HostActivity::Use& use, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseBooks(Booked& booked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The only GPU that is metered; empty where there are several, or none.
  std::string OnlyGpu() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if it is wanted: no meter measures its device so far.
  bool MakeRoomFor(const MeterDescription& meter) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<LedgerInterval> Split(const PowerSample& sample, const UseShares& use,
                                    Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells once that the meter gives no readings, or none to believe, and once that it does again.
  void WatchSensor(Source& source, bool is_lost, Booked& booked)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LearnBaseline(Source& source, const PowerSample& sample, const DeviceUse& use, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  PowerSample Widened(const Source& source, PowerSample sample) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Book(Source& source, const PowerSample& sample, const UseShares& use, Instant now,
            Booked& booked) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ObserveOwnCost(const HostActivity::Use& use, const Booked& booked, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Baseline> BaselineOf(const std::string& device, RestLevel level) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SamplerOptions options_;
  const std::unique_ptr<HostActivity> activity_;  // of the tick's thread
  mutable HotMutex mutex_;
  std::vector<MeterStatus> statuses_ ABSL_GUARDED_BY(mutex_);
  std::list<Source> sources_ ABSL_GUARDED_BY(mutex_);
  Consumers consumers_ ABSL_GUARDED_BY(mutex_);
  OpenRows rows_ ABSL_GUARDED_BY(mutex_);
  Standings standings_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, RestLevel>, Baseline> baselines_ ABSL_GUARDED_BY(mutex_);
  std::deque<PowerSample> recent_ ABSL_GUARDED_BY(mutex_);
  Booked pending_ ABSL_GUARDED_BY(mutex_);  // for the next Tick to return
  int64_t returned_sensors_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Instant> last_tick_ ABSL_GUARDED_BY(mutex_);
  HostActivity::Use latest_use_ ABSL_GUARDED_BY(mutex_);
  bool has_use_ ABSL_GUARDED_BY(mutex_) = false;         // latest_use_ was read
  absl::Duration needed_until_ ABSL_GUARDED_BY(mutex_);  // monotonic
  OwnCostMeter own_cost_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
