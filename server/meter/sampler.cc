#include "server/meter/sampler.h"

#include <algorithm>
#include <utility>

#include "server/meter/sensor_lock.h"

namespace powerdown {
namespace {

constexpr absl::Duration kSamplesKept = absl::Minutes(1);

// A share of many cores is many watts: no more than half a core works at rest.
constexpr double kMostCoresAtRest = 0.5;

double MostUseAtRest(const BaselineOptions& options, int64_t cores) {
  return std::min(options.most_use,
                  kMostCoresAtRest / static_cast<double>(std::max<int64_t>(1, cores)));
}

}  // namespace

Sampler::Sampler(SamplerOptions options, std::vector<std::unique_ptr<PowerMeter>> meters,
                 std::unique_ptr<HostActivity> activity, std::vector<MeterStatus> statuses)
    : options_(options),
      activity_(std::move(activity)),
      statuses_(std::move(statuses)),
      rows_(options.rows),
      needed_until_(-absl::InfiniteDuration()) {
  for (std::unique_ptr<PowerMeter>& meter : meters) {
    Source& source = sources_.emplace_back(std::move(meter));
    source.finder.emplace(options_.baseline);
    source.context_finder.emplace(options_.baseline);
    source.obstacle = source.finder->obstacle();
  }
}

bool Sampler::IsNeeded(const Source& source, Instant now) const {
  return !source.device.description().is_woken_by_reading || !consumers_.empty() ||
         now.monotonic < needed_until_;
}

void Sampler::NeedUntil(absl::Duration until) {
  HotLock lock(&mutex_);
  needed_until_ = std::max(needed_until_, until);
}

// A GPU's driver tells who uses it; all else follows CPU time. A guess at a gap without either goes
// by the last that was known.
UseShares Sampler::UseOf(Source& source, const std::optional<HostActivity::Use>& before,
                         const HostActivity::Use& now, const PowerSample& sample) {
  const PowerReading* last = source.device.last();
  if (last != nullptr && last->activity) {
    return source.gpu_users.Split(consumers_, *last->activity, sample.start);
  }
  if (IsGpu(source.device.description().device)) {
    return source.gpu_users.Split(consumers_, {}, sample.start);
  }
  if (!before) return {};  // recovered from before the start: nobody's
  UseShares shares{CpuUse(consumers_, *before, now, sample.end - sample.start), {}};
  // Processor time says nothing of who drew a GPU's part of what a sensor of the whole box shows.
  const bool has_gpu = std::any_of(consumers_.begin(), consumers_.end(),
                                   [](const auto& one) { return one.second.uses_gpu; });
  if (sample.device != "system" || !has_gpu) return shares;
  for (const auto& [name, used] : shares.use.by_consumer) shares.bands[name] = {};
  return shares;
}

void Sampler::LearnBaseline(Source& source, const PowerSample& sample, const DeviceUse& use,
                            Instant now) {
  const std::string& device = sample.device;
  const auto& activity = source.device.last()->activity;
  RestState state{.use = use.foreign,
                  .most_use = activity ? 0 : MostUseAtRest(options_.baseline, latest_use_.cores),
                  .has_consumers = !consumers_.empty(),
                  .has_processes = activity && activity->has_processes};
  for (const auto& [name, share] : use.by_consumer) state.use += share;
  if (activity) state.use = std::max(state.use, activity->busy);
  const RestLevel level = state.has_processes ? RestLevel::kContextOpen : RestLevel::kDeep;
  BaselineFinder& finder = level == RestLevel::kDeep ? *source.finder : *source.context_finder;
  if (const auto found = finder.Observe(sample, state, now.wall)) {
    baselines_[{device, level}] = *found;
  }
  source.obstacle = finder.obstacle();
}

// What the sensor could not see: the first readings of a run still tell of the time before it, and
// a loop may run in step with a part-time sensor.
PowerSample Sampler::Widened(const Source& source, PowerSample sample) const {
  const MeterDescription& meter = source.device.description();
  Watts resting;
  if (const auto baseline = BaselineOf(sample.device, RestLevel::kDeep)) resting = baseline->power;
  for (const auto& [name, consumer] : consumers_) {
    // Sensors lag, so a run's last readings arrive after its end, when they are booked to nobody.
    // The end is not known in advance, so the band is widened at the start instead.
    const absl::Duration late = consumer.added_at + meter.lag - sample.start;
    const double share = std::clamp(absl::FDivDuration(late, sample.end - sample.start), 0.0, 1.0);
    sample.low -= sample.low * share;
    sample.high += std::max(meter.most_power - sample.high, Watts(0)) * share;
    if (consumer.uses_gpu && sample.coverage > 0) {
      sample = WidenForUnseen(sample, meter, consumer.step_period,
                              std::min(sample.end - consumer.added_at, kSamplesKept), resting);
    }
  }
  return sample;
}

std::vector<LedgerInterval> Sampler::Split(const PowerSample& sample, const UseShares& use,
                                           Instant now) const {
  std::optional<Baseline> known = BaselineOf(sample.device, RestLevel::kDeep);
  if (!known) known = BaselineOf(sample.device, RestLevel::kContextOpen);
  const auto rest = known ? AgedBaseline(*known, now.wall) : std::nullopt;
  return use.bands.empty() ? Attribute(sample, use.use, rest)
                           : AttributeWithin(sample, use.use, use.bands, rest);
}

void Sampler::Book(Source& source, const PowerSample& measured, const UseShares& use, Instant now,
                   Booked& booked) {
  const PowerSample sample = Widened(source, measured);
  const std::vector<LedgerInterval> intervals = Split(sample, use, now);
  for (const LedgerInterval& interval : intervals) {
    booked.intervals.push_back(rows_.Add(interval, consumers_));
  }
  standings_.Add(intervals);
  booked.samples.push_back(sample);
  recent_.push_back(sample);
}

void Sampler::TickSource(Source& source, std::optional<absl::StatusOr<PowerReading>> reading,
                         const HostActivity::Use& use, Instant now, Booked& booked) {
  if (!reading) {
    source.device.Rest();
    source.last_use.reset();
    source.obstacle = "not read while nobody needs it";
    return;
  }
  std::optional<PowerSample> sample = source.device.Take(*std::move(reading), now);
  const bool has_failed = !source.device.error().ok() && !sample;
  const bool is_owed =
      source.owed_since && now.monotonic - *source.owed_since >= options_.longest_gap;
  if (has_failed && source.device.last() != nullptr &&
      now.monotonic - source.device.last_read() >= options_.longest_gap) {
    sample = source.device.GiveUp(now);
    WatchSensor(source, true, booked);
  } else if (has_failed && is_owed) {
    BookOwed(source, now.monotonic, std::nullopt, use, now, booked);
    WatchSensor(source, true, booked);
  } else if (!has_failed) {
    WatchSensor(source, false, booked);
  }
  if (sample) {
    if (source.owed_since) BookOwed(source, sample->start, sample->power, use, now, booked);
    const UseShares shares = UseOf(source, source.last_use, use, *sample);
    if (source.last_use) LearnBaseline(source, *sample, shares.use, now);
    Book(source, *sample, shares, now, booked);
  } else {
    GuessOpen(source, use, now);
  }
  // What was used since the last good reading belongs to the next.
  if (source.device.last_read() != now.monotonic) return;
  source.last_use = use;
  AddPosition(source, booked.positions);
}

void Sampler::AddPosition(const Source& source, std::vector<Position>& positions) {
  const MeteredDevice& device = source.device;
  if (auto position = device.position()) {
    positions.push_back({device.description().device, *std::move(position), device.last_read()});
  }
}

void Sampler::WatchSensor(Source& source, bool is_lost, Booked& booked) {
  const absl::Status& trouble = is_lost ? source.device.error() : source.device.doubt();
  if (std::exchange(source.is_told, !trouble.ok()) == !trouble.ok()) return;
  const MeterDescription& meter = source.device.description();
  if (trouble.ok()) ++returned_sensors_;
  booked.sensors.push_back({meter.device, meter.meter, trouble, !is_lost});
}

Sampler::Plan Sampler::MakePlan(Instant now) {
  HotLock lock(&mutex_);
  if (!last_tick_) needed_until_ = std::max(needed_until_, now.monotonic + options_.baseline_time);
  Plan plan;
  for (const auto& [name, consumer] : consumers_) {
    plan.pids.push_back(consumer.pid);
    if (consumer.leads_tree) plan.trees.insert(consumer.pid);
  }
  if (options_.own_pid != 0) plan.pids.push_back(options_.own_pid);
  for (Source& source : sources_) {
    plan.meters.push_back(IsNeeded(source, now) ? &source.device.meter() : nullptr);
  }
  return plan;
}

Sampler::Booked Sampler::Tick(Instant now) {
  const Plan plan = MakePlan(now);
  // Without it nobody's share is known: the next good one covers the time.
  activity_->SetTrees(plan.trees);
  const absl::StatusOr<HostActivity::Use> use = activity_->Read(plan.pids);
  std::vector<std::optional<absl::StatusOr<PowerReading>>> readings;
  for (PowerMeter* meter : plan.meters) {
    readings.emplace_back();
    if (meter != nullptr && use.ok()) readings.back() = meter->Read(now);
  }
  HotLock lock(&mutex_);
  Booked booked = std::exchange(pending_, {});
  if (last_tick_) {
    const absl::Duration slept =
        (now.boottime - now.monotonic) - (last_tick_->boottime - last_tick_->monotonic);
    if (slept > kSuspendThreshold) booked.suspension = Suspension{now.monotonic, slept};
  }
  if (use.ok()) {
    NoteProcessStarts(*use, consumers_);
    latest_use_ = *use;
    has_use_ = true;
    auto reading = readings.begin();
    for (Source& source : sources_) TickSource(source, *std::move(reading++), *use, now, booked);
    BookUnmetered(now.monotonic, booked);
    ObserveOwnCost(*use, booked, now);
  }
  standings_.Mark(now.monotonic);
  while (!recent_.empty() && recent_.front().end < now.monotonic - kSamplesKept)
    recent_.pop_front();
  last_tick_ = now;
  return booked;
}

}  // namespace powerdown
