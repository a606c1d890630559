// Who joins the sampler and who leaves it: consumers and meters, and that no time of a consumer
// stays unbooked.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/meter/sampler.h"

namespace powerdown {
namespace {

// Weight of the newest step report in a loop's period.
constexpr double kNewest = 0.2;
// More than any board of 2026 draws: an NVIDIA GB300 has a limit of 1,400 W.
constexpr Watts kMostOfAGpu(1500);

// Of a spec's or a worker's device.
bool IsGpuWord(const std::string& device) {
  return absl::StartsWith(device, "cuda") || device == "mps";
}

}  // namespace

std::string Sampler::OnlyGpu() const {
  std::string only;
  for (const Source& source : sources_) {
    const std::string& device = source.device.description().device;
    if (!IsGpu(device)) continue;
    if (!only.empty()) return "";
    only = device;
  }
  return only;
}

void Sampler::AddConsumer(const std::string& name, int64_t pid, Instant now,
                          const std::string& wanted) {
  HotLock lock(&mutex_);
  Consumer consumer{.pid = pid, .added_at = now.monotonic, .unmetered_until = now.monotonic};
  consumer.wants_gpu = IsGpuWord(wanted);
  consumers_[name] = consumer;
  standings_.Begin(name, now.monotonic);
  for (Source& source : sources_) {
    if (source.device.last() != nullptr || source.owed_since) continue;
    source.owed_since = now.monotonic;
    if (has_use_) source.owed_use = latest_use_;
  }
}

void Sampler::AddTree(const std::string& name, int64_t pid, Instant now) {
  AddConsumer(name, pid, now);
  HotLock lock(&mutex_);
  Consumer& consumer = consumers_.at(name);
  consumer.leads_tree = true;
  consumer.wants_gpu = true;  // it may, and need not say so: what the driver lists tells
}

void Sampler::SetConsumerDevice(const std::string& name, const std::string& device,
                                const std::string& uuid) {
  HotLock lock(&mutex_);
  const auto found = consumers_.find(name);
  if (found == consumers_.end()) return;
  Consumer& consumer = found->second;
  if (consumer.leads_tree) return;
  consumer.wants_gpu = false;
  consumer.uses_gpu = IsGpuWord(device);
  if (last_tick_) consumer.said_at = last_tick_->monotonic;
  const bool is_board = absl::StartsWith(uuid, "GPU-");  // else a part of one, by its own name
  if (is_board) {
    consumer.gpu = absl::StrCat("gpu-", uuid);
  } else if (consumer.uses_gpu && consumer.gpu.empty()) {
    consumer.gpu = OnlyGpu();
  }
}

void Sampler::NoteSteps(const std::string& name, int64_t steps, absl::Duration at) {
  HotLock lock(&mutex_);
  const auto found = consumers_.find(name);
  if (found == consumers_.end()) return;
  Consumer& consumer = found->second;
  if (consumer.last_step_at > -absl::InfiniteDuration() && steps > 0 &&
      at > consumer.last_step_at) {
    const absl::Duration period = (at - consumer.last_step_at) / steps;
    consumer.step_period = consumer.step_period == absl::ZeroDuration()
                               ? period
                               : consumer.step_period * (1 - kNewest) + period * kNewest;
  }
  consumer.last_step_at = std::max(consumer.last_step_at, at);
}

void Sampler::BookGap(Source& source, const PowerSample& gap, Instant now, Booked& booked) {
  const UseShares use = UseOf(source, source.last_use, latest_use_, gap);
  source.last_use = latest_use_;
  Book(source, gap, use, now, booked);
  AddPosition(source, booked.positions);
}

void Sampler::BookOwed(Source& source, absl::Duration until, std::optional<Watts> guess,
                       const HostActivity::Use& use, Instant now, Booked& booked) {
  const absl::Duration since = *std::exchange(source.owed_since, std::nullopt);
  const auto before = std::exchange(source.owed_use, std::nullopt);
  if (since < until) {
    const PowerSample gap = source.device.Gap(since, until, guess);
    Book(source, gap, UseOf(source, before, use, gap), now, booked);
  }
  if (source.device.last() != nullptr) return;
  source.owed_since = until;
  source.owed_use = use;
}

void Sampler::BookUnmetered(absl::Duration now, Booked& booked) {
  for (auto& [name, consumer] : consumers_) {
    const std::string& gpu = consumer.gpu;
    const bool has_meter = std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) {
      const std::string& device = source.device.description().device;
      return device == "system" || (gpu.empty() ? IsGpu(device) : device == gpu);
    });
    const absl::Duration since = std::exchange(consumer.unmetered_until, now);
    if (has_meter || !consumer.uses_gpu || since >= now) {
      // Until it says that it uses one, the time since its launch stays open.
      if (!has_meter && !consumer.uses_gpu) consumer.unmetered_until = since;
      continue;
    }
    LedgerInterval interval;
    interval.device = kUnmeteredGpu;
    interval.consumer = name;
    interval.start = since;
    interval.end = now;
    interval.high = kMostOfAGpu * (now - since);
    interval.source = kUnmeteredSource;
    interval.coverage = 0;
    booked.intervals.push_back(rows_.Add(interval, consumers_));
    standings_.Add({interval});
  }
}

// So that a live figure, and what a report holds, do not stand still while a meter is silent.
void Sampler::GuessOpen(Source& source, const HostActivity::Use& use, Instant now) {
  if (!source.device.knows_power() || consumers_.empty()) return;
  const std::optional<PowerSample> open = source.device.Open(now);
  if (open) standings_.Guess(Split(*open, UseOf(source, source.last_use, use, *open), now));
}

void Sampler::CloseBooks(Booked& booked) {
  if (!last_tick_) return;
  const Instant now = *last_tick_;
  for (Source& source : sources_) {
    if (source.owed_since) {
      const bool has_read = source.device.last() != nullptr;
      BookOwed(source, has_read ? source.device.last_read() : now.monotonic, std::nullopt,
               latest_use_, now, booked);
    }
    const std::optional<PowerSample> gap = source.device.GiveUp(now);
    if (gap && source.last_use) BookGap(source, *gap, now, booked);
  }
  booked.samples.clear();  // of a tick that was told
  standings_.Mark(now.monotonic);
}

Sampler::Booked Sampler::Close(const std::string& consumer) {
  HotLock lock(&mutex_);
  Booked booked;
  if (consumers_.count(consumer) > 0) CloseBooks(booked);
  return booked;
}

void Sampler::RemoveConsumer(const std::string& consumer) {
  HotLock lock(&mutex_);
  if (last_tick_) {
    CloseBooks(pending_);
    needed_until_ = std::max(needed_until_, last_tick_->monotonic + options_.baseline_time);
  }
  consumers_.erase(consumer);
  rows_.Close(consumer);
  standings_.End(consumer);
  if (!consumers_.empty()) return;
  for (Source& source : sources_) source.owed_since.reset();
}

bool Sampler::MakeRoomFor(const MeterDescription& meter) {
  const bool is_whole = meter.device == "system";
  for (const Source& source : sources_) {
    const MeterDescription& known = source.device.description();
    if ((is_whole || known.device == meter.device) && known.source != kEstimateSource) return false;
  }
  std::erase_if(sources_, [&](const Source& source) {
    return is_whole || source.device.description().device == meter.device;
  });
  // What a model says of its rest is no baseline of what a meter reads.
  for (const RestLevel level : {RestLevel::kDeep, RestLevel::kContextOpen}) {
    baselines_.erase({meter.device, level});
  }
  return true;
}

std::vector<std::string> Sampler::Adopt(std::vector<std::unique_ptr<PowerMeter>> meters,
                                        std::vector<MeterStatus> statuses) {
  HotLock lock(&mutex_);
  std::vector<std::string> devices;
  statuses_ = std::move(statuses);
  for (std::unique_ptr<PowerMeter>& meter : meters) {
    const MeterDescription description = meter->description();
    // What the one before has not booked is owed by this one.
    const Source* before = Find(description.device);
    std::optional<absl::Duration> since;
    if (last_tick_) since = last_tick_->monotonic;
    if (before != nullptr && before->owed_since) {
      since = before->owed_since;
    } else if (before != nullptr && before->device.last() != nullptr) {
      since = before->device.last_read();
    }
    std::optional<HostActivity::Use> use = before != nullptr ? before->owed_use : std::nullopt;
    if (!use && before != nullptr) use = before->last_use;
    if (!use && has_use_) use = latest_use_;
    if (!MakeRoomFor(description)) continue;
    Source& source = sources_.emplace_back(std::move(meter));
    source.finder.emplace(options_.baseline);
    source.context_finder.emplace(options_.baseline);
    source.obstacle = source.finder->obstacle();
    if (!consumers_.empty()) {
      source.owed_since = since;
      source.owed_use = std::move(use);
    }
    devices.push_back(description.device);
    pending_.sensors.push_back(
        {.device = description.device, .meter = description.meter, .is_new = true});
  }
  for (auto& [name, consumer] : consumers_) {
    if (consumer.uses_gpu && consumer.gpu.empty()) consumer.gpu = OnlyGpu();
  }
  return devices;
}

int64_t Sampler::returned_sensors() const {
  HotLock lock(&mutex_);
  return returned_sensors_;
}

}  // namespace powerdown
