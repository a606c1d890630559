#include "server/meter/sampler.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr absl::Duration kKept = absl::Minutes(1);

void Grow(LedgerInterval& row, const LedgerInterval& more) {
  const double before = absl::ToDoubleSeconds(row.end - row.start);
  const double added = absl::ToDoubleSeconds(more.end - more.start);
  row.coverage = (row.coverage * before + more.coverage * added) / (before + added);
  row.end = more.end;
  row.joules += more.joules;
  row.low += more.low;
  row.high += more.high;
  if (row.net && more.net) *row.net += *more.net;
}

// Rows join only where they touch and say the same of themselves.
bool MayGrow(const LedgerInterval& row, const LedgerInterval& more) {
  return row.end == more.start && row.source == more.source && row.baseline == more.baseline &&
         row.net.has_value() == more.net.has_value();
}

}  // namespace

Sampler::Sampler(SamplerOptions options, std::vector<std::unique_ptr<PowerMeter>> meters,
                 std::unique_ptr<HostActivity> activity, std::vector<MeterStatus> statuses)
    : options_(options), statuses_(std::move(statuses)), activity_(std::move(activity)) {
  for (std::unique_ptr<PowerMeter>& meter : meters) {
    finders_.emplace(meter->description().device, BaselineFinder(options_.baseline));
    Source source;
    source.meter = std::move(meter);
    sources_.push_back(std::move(source));
  }
}

void Sampler::AddConsumer(const std::string& consumer, int64_t pid, Instant now) {
  absl::MutexLock lock(&mutex_);
  consumers_[consumer] = {pid, now.monotonic};
  marks_[consumer] = {{now.monotonic, Joules(0)}};
}

void Sampler::RemoveConsumer(const std::string& consumer) {
  absl::MutexLock lock(&mutex_);
  consumers_.erase(consumer);
  marks_.erase(consumer);
  std::erase_if(open_rows_, [&](const auto& row) { return row.first.second == consumer; });
}

// The time since the source's previous good reading at the mean power that the two readings tell: a
// counter's difference, or the earlier power held until now.
std::optional<PowerSample> Sampler::Difference(Source& source, const PowerReading& reading,
                                               Instant now) {
  if (!source.last || now.monotonic <= source.last_read || reading.has_restarted)
    return std::nullopt;
  const absl::Duration time = now.monotonic - source.last_read;
  Watts power;
  if (reading.counter && source.last->counter) {
    power = (*reading.counter - *source.last->counter) / time;
  } else if (source.last->power && !source.has_missed) {
    power = *source.last->power;
  } else {
    return std::nullopt;
  }
  const MeterDescription& meter = source.meter->description();
  return PowerSample{meter.meter,
                     meter.device,
                     meter.source,
                     source.last_read,
                     now.monotonic,
                     power,
                     power * (1 - meter.relative_band),
                     power * (1 + meter.relative_band)};
}

DeviceUse Sampler::UseSince(const HostActivity::Use& before, const HostActivity::Use& now,
                            absl::Duration time) const {
  const absl::Duration capacity = time * static_cast<double>(std::max<int64_t>(1, now.cores));
  DeviceUse use;
  absl::Duration ours;
  for (const auto& [name, consumer] : consumers_) {
    absl::Duration used;
    if (const auto found = now.by_pid.find(consumer.pid); found != now.by_pid.end()) {
      const auto earlier = before.by_pid.find(consumer.pid);
      used =
          found->second - (earlier == before.by_pid.end() ? absl::ZeroDuration() : earlier->second);
    }
    used = std::max(used, absl::ZeroDuration());
    ours += used;
    use.by_consumer[name] = absl::FDivDuration(used, capacity);
  }
  use.foreign = std::max(0.0, absl::FDivDuration(now.busy - before.busy - ours, capacity));
  return use;
}

Sampler::Booked Sampler::Tick(Instant now) {
  absl::MutexLock lock(&mutex_);
  std::vector<int64_t> pids;
  for (const auto& [name, consumer] : consumers_) pids.push_back(consumer.pid);
  const absl::StatusOr<HostActivity::Use> use = activity_->Read(pids);
  Booked booked;
  std::map<std::string, Joules> added;
  for (Source& source : sources_) {
    const absl::StatusOr<PowerReading> reading = source.meter->Read(now);
    if (!reading.ok() || !use.ok()) {
      source.has_missed = true;
      continue;
    }
    const std::optional<PowerSample> sample = Difference(source, *reading, now);
    if (sample) {
      const DeviceUse shares = UseSince(*source.last_use, *use, sample->end - sample->start);
      double busy = shares.foreign;
      for (const auto& [name, share] : shares.by_consumer) busy += share;
      const auto found =
          finders_.at(sample->device).Observe(*sample, busy, !consumers_.empty(), now.wall);
      if (found) baselines_[sample->device] = *found;
      std::optional<Watts> baseline;
      if (const auto known = baselines_.find(sample->device); known != baselines_.end()) {
        baseline = known->second.power;
      }
      const std::vector<LedgerInterval> intervals = Attribute(*sample, shares, baseline);
      for (const LedgerInterval& interval : intervals) added[interval.consumer] += interval.joules;
      Book(intervals, booked);
      booked.samples.push_back(*sample);
      recent_.push_back(*sample);
    }
    source.last = *reading;
    source.last_read = now.monotonic;
    source.last_use = *use;
    source.has_missed = false;
  }
  MarkStandings(added, now);
  while (!recent_.empty() && recent_.front().end < now.monotonic - kKept) recent_.pop_front();
  return booked;
}

bool Sampler::IsRowFull(const LedgerInterval& row) const {
  const auto consumer = consumers_.find(row.consumer);
  const absl::Duration age =
      consumer == consumers_.end() ? options_.longest_row : row.end - consumer->second.added_at;
  const absl::Duration most =
      consumer == consumers_.end()
          ? options_.longest_row
          : std::clamp(age * options_.row_share, options_.shortest_row, options_.longest_row);
  return row.end - row.start >= most;
}

void Sampler::Book(const std::vector<LedgerInterval>& intervals, Booked& booked) {
  for (const LedgerInterval& interval : intervals) {
    const RowKey key(interval.device, interval.consumer);
    auto row = open_rows_.find(key);
    if (row != open_rows_.end() && MayGrow(row->second, interval)) {
      Grow(row->second, interval);
    } else {
      row = open_rows_.insert_or_assign(key, interval).first;
    }
    booked.intervals.push_back(row->second);
    if (IsRowFull(row->second)) open_rows_.erase(row);
  }
}

void Sampler::MarkStandings(const std::map<std::string, Joules>& added, Instant now) {
  for (auto& [consumer, marks] : marks_) {
    Joules energy = marks.back().energy;
    if (const auto more = added.find(consumer); more != added.end()) energy += more->second;
    marks.push_back({now.monotonic, energy});
    while (marks.size() > 2 && marks[1].at < now.monotonic - kKept) marks.pop_front();
  }
}

std::optional<Sampler::Standing> Sampler::StandingAt(const std::string& consumer,
                                                     absl::Duration at) const {
  absl::MutexLock lock(&mutex_);
  const auto found = marks_.find(consumer);
  if (found == marks_.end() || found->second.size() < 2) return std::nullopt;
  const std::deque<Mark>& marks = found->second;
  auto after = std::find_if(marks.begin() + 1, marks.end() - 1,
                            [&](const Mark& mark) { return mark.at >= at; });
  const auto before = after - 1;
  const absl::Duration time = after->at - before->at;
  if (time <= absl::ZeroDuration()) return std::nullopt;
  const double share = std::clamp(absl::FDivDuration(at - before->at, time), 0.0, 1.0);
  const Joules energy = after->energy - before->energy;
  return Standing{before->energy + energy * share, energy / time};
}

std::optional<Baseline> Sampler::baseline(const std::string& device) const {
  absl::MutexLock lock(&mutex_);
  const auto found = baselines_.find(device);
  if (found == baselines_.end()) return std::nullopt;
  return found->second;
}

void Sampler::RestoreBaseline(const std::string& device, const Baseline& baseline) {
  absl::MutexLock lock(&mutex_);
  baselines_[device] = baseline;
}

std::vector<MeterStatus> Sampler::Meters() const {
  return statuses_;
}

std::vector<PowerSample> Sampler::RecentSamples(absl::Duration since) const {
  absl::MutexLock lock(&mutex_);
  std::vector<PowerSample> samples;
  for (const PowerSample& sample : recent_) {
    if (sample.end > since) samples.push_back(sample);
  }
  return samples;
}

}  // namespace powerdown
