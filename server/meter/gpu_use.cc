#include "server/meter/gpu_use.h"

#include <algorithm>
#include <vector>

namespace powerdown {
namespace {

// A loop that reported no step for this long, or for three of its steps, is taken to stand still.
constexpr absl::Duration kStill = absl::Seconds(5);
// The driver lists a process this long after it has opened the GPU, at the latest.
constexpr absl::Duration kListedWithin = absl::Seconds(2);
// The driver tells use in whole percent.
constexpr double kRounding = 0.01;

bool IsStepping(const Consumer& consumer, absl::Duration start) {
  return start - consumer.last_step_at < std::max(kStill, consumer.step_period * 3);
}

bool MayBeOn(const Consumer& consumer, const std::string& device) {
  return (consumer.uses_gpu || consumer.wants_gpu) &&
         (consumer.gpu.empty() || consumer.gpu == device);
}

std::set<int64_t> ListedOn(const DeviceActivity& activity) {
  std::set<int64_t> pids(activity.holders.begin(), activity.holders.end());
  for (const auto& [pid, share] : activity.by_pid) pids.insert(pid);
  return pids;
}

double ShareOf(const DeviceActivity& activity, const std::vector<int64_t>& pids) {
  double share = 0;
  for (const int64_t pid : pids) {
    const auto found = activity.by_pid.find(pid);
    if (found != activity.by_pid.end()) share += found->second;
  }
  return share;
}

bool HasAny(const Consumer& consumer, const std::set<int64_t>& pids) {
  return std::any_of(pids.begin(), pids.end(), [&](int64_t pid) { return consumer.Has(pid); });
}

// Those that make steps; all where none does.
std::vector<std::string> Sharers(const Consumers& consumers, const std::vector<std::string>& names,
                                 absl::Duration start) {
  std::vector<std::string> stepping;
  for (const std::string& name : names) {
    if (IsStepping(consumers.at(name), start)) stepping.push_back(name);
  }
  return stepping.empty() ? names : stepping;
}

// What was said of the others decides how sure a share is.
ShareBand BandOf(double used, double others, double unnamed) {
  const double least = std::max(0.0, used - kRounding);
  const double most = used + kRounding + unnamed;
  const double few = std::max(0.0, others - kRounding) / kEfficiency;
  return {least / (least + kEfficiency * (others + kRounding + unnamed)), most / (most + few)};
}

}  // namespace

struct GpuUsers::Present {
  std::map<std::string, std::vector<int64_t>> known;  // with the ids that the driver says
  std::vector<std::string> unknown;  // here, but which process is theirs nobody tells
  std::vector<std::string> maybe;    // not known to be here
  // Contexts that are ours: a tree may have several.
  size_t size() const {
    size_t contexts = unknown.size();
    for (const auto& [name, pids] : known) contexts += std::max<size_t>(1, pids.size());
    return contexts;
  }
};

std::vector<int64_t> GpuUsers::PidsOf(const std::string& name, const Consumer& consumer,
                                      const std::set<int64_t>& pids) const {
  if (are_pids_visible_) {
    std::vector<int64_t> own;
    for (const int64_t pid : pids) {
      if (consumer.Has(pid)) own.push_back(pid);
    }
    // One that is tied here and that the driver does not list now is known all the same.
    return own.empty() ? std::vector<int64_t>{consumer.pid} : own;
  }
  const auto own = candidates_.find(name);
  if (own == candidates_.end() || own->second.size() != 1) return {};
  for (const auto& [other, candidates] : candidates_) {
    if (other != name && candidates.contains(*own->second.begin())) return {};
  }
  return {*own->second.begin()};
}

void GpuUsers::Learn(Consumers& consumers, const DeviceActivity& activity, absl::Duration start) {
  const std::set<int64_t> pids = ListedOn(activity);
  std::erase_if(candidates_, [&](const auto& entry) { return !consumers.contains(entry.first); });
  std::vector<std::string> pending;
  std::set<int64_t> taken;
  for (auto& [name, consumer] : consumers) {
    if (!MayBeOn(consumer, device_)) continue;
    if (HasAny(consumer, pids)) {
      are_pids_visible_ = true;
      // A tree may be on several.
      if (!consumer.leads_tree) consumer.gpu = device_;
      for (const int64_t pid : pids) {
        if (consumer.Has(pid)) taken.insert(pid);
      }
      continue;
    }
    std::set<int64_t>& own = candidates_[name];
    // A run holds its GPU to its end: whoever left was somebody else.
    if (activity.contexts) std::erase_if(own, [&](int64_t pid) { return !pids.contains(pid); });
    taken.insert(own.begin(), own.end());
    if (!consumer.uses_gpu || start < consumer.said_at + kListedWithin || own.empty()) {
      pending.push_back(name);
    }
  }
  for (const int64_t pid : pids) {
    if (taken.contains(pid) || strangers_.contains(pid)) continue;
    if (pending.empty() || are_pids_visible_) strangers_.insert(pid);
    for (const std::string& name : pending) candidates_[name].insert(pid);
  }
  std::erase_if(strangers_, [&](int64_t pid) { return !pids.contains(pid); });
}

GpuUsers::Present GpuUsers::PresentOf(const Consumers& consumers,
                                      const DeviceActivity& activity) const {
  Present present;
  const bool is_empty = activity.contexts && *activity.contexts == 0 && activity.by_pid.empty();
  const std::set<int64_t> pids = ListedOn(activity);
  for (const auto& [name, consumer] : consumers) {
    if (!MayBeOn(consumer, device_)) continue;
    const bool is_named = HasAny(consumer, pids);
    const bool is_tied = consumer.uses_gpu && consumer.gpu == device_;
    std::vector<int64_t> own = PidsOf(name, consumer, pids);
    if (is_named || (is_tied && !own.empty())) {
      present.known[name] = std::move(own);
    } else if (is_tied) {
      present.unknown.push_back(name);
    } else if (!are_pids_visible_ && !is_empty) {
      const auto own = candidates_.find(name);
      const bool has_candidate = own != candidates_.end() && !own->second.empty();
      if (has_candidate || (consumer.uses_gpu && !activity.contexts)) present.maybe.push_back(name);
    }
  }
  return present;
}

UseShares GpuUsers::Split(Consumers& consumers, const DeviceActivity& activity,
                          absl::Duration start) {
  Learn(consumers, activity, start);
  const Present present = PresentOf(consumers, activity);
  UseShares shares;
  double named = 0;
  double strangers = 0;
  for (const auto& [pid, share] : activity.by_pid) {
    named += share;
    if (strangers_.contains(pid)) strangers += share;
  }
  // A list that is empty is from before the run: nobody else was there.
  const bool is_ours = activity.contexts && present.size() > 0 &&
                       *activity.contexts <= static_cast<int64_t>(present.size());
  double known = 0;
  for (const auto& [name, pids] : present.known) {
    known += shares.use.by_consumer[name] = ShareOf(activity, pids);
  }
  const double unnamed = std::max(0.0, activity.busy - named);
  // A part of a board (MIG) has no use of its own that the driver tells.
  const bool is_blind =
      activity.by_pid.empty() && (activity.is_partitioned || !activity.is_use_known);
  if (is_ours) {
    shares.use.foreign = 0;
  } else if (is_blind && activity.contexts) {
    const auto others =
        static_cast<double>(*activity.contexts) - static_cast<double>(present.size());
    const double each = 1 / static_cast<double>(*activity.contexts);
    for (const auto& [name, pids] : present.known) {
      shares.use.by_consumer[name] = each * static_cast<double>(std::max<size_t>(1, pids.size()));
    }
    shares.use.foreign = std::max(0.0, others) * each;
  } else {
    shares.use.foreign = present.unknown.empty() ? std::max(0.0, named - known) : strangers;
  }
  const double pool =
      std::max(std::max(named, activity.busy) - known - shares.use.foreign, kRounding);
  const std::vector<std::string> sharers = Sharers(consumers, present.unknown, start);
  for (const std::string& name : present.unknown) shares.use.by_consumer[name] = 0;
  for (const std::string& name : sharers) {
    shares.use.by_consumer[name] = pool / static_cast<double>(sharers.size());
  }
  if (is_ours && present.known.size() + present.unknown.size() == 1) {
    for (auto& [name, used] : shares.use.by_consumer) used = std::max(used, kRounding);
  } else {
    for (const auto& [name, pids] : present.known) {
      const double others = known - shares.use.by_consumer[name] + shares.use.foreign +
                            (present.unknown.empty() ? 0 : pool);
      if (is_blind) shares.bands[name] = {};
      if (is_blind || (others <= 0 && (unnamed <= 0 || is_ours))) continue;
      shares.bands[name] = BandOf(shares.use.by_consumer[name], others, is_ours ? 0 : unnamed);
    }
    for (const std::string& name : present.unknown) shares.bands[name] = {};
  }
  for (const std::string& name : present.maybe) {
    shares.use.by_consumer[name] = 0;
    shares.bands[name] = {.is_maybe = true};
  }
  return shares;
}

}  // namespace powerdown
