#include "server/meter/open_rows.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr absl::Duration kMomentsKept = absl::Minutes(1);

void AddTo(std::optional<Joules>& sum, const std::optional<Joules>& more) {
  if (sum && more) *sum += *more;
}

void Grow(LedgerInterval& row, const LedgerInterval& more) {
  const double before = absl::ToDoubleSeconds(row.end - row.start);
  const double added = absl::ToDoubleSeconds(more.end - more.start);
  row.coverage = (row.coverage * before + more.coverage * added) / (before + added);
  row.end = more.end;
  row.joules += more.joules;
  row.low += more.low;
  row.high += more.high;
  row.variance += more.variance;
  AddTo(row.net, more.net);
  AddTo(row.net_low, more.net_low);
  AddTo(row.net_high, more.net_high);
}

bool MayGrow(const LedgerInterval& row, const LedgerInterval& more) {
  // What was measured and what was guessed stay apart: their errors add up differently.
  return row.end == more.start && row.source == more.source && row.baseline == more.baseline &&
         (row.coverage < 1) == (more.coverage < 1) && row.net.has_value() == more.net.has_value();
}

}  // namespace

bool OpenRows::IsFull(const LedgerInterval& row, const Consumers& consumers) const {
  const auto consumer = consumers.find(row.consumer);
  const absl::Duration most =
      consumer == consumers.end()
          ? options_.longest
          : std::clamp((row.end - consumer->second.added_at) * options_.share, options_.shortest,
                       options_.longest);
  return row.end - row.start >= most;
}

LedgerInterval OpenRows::Add(const LedgerInterval& interval, const Consumers& consumers) {
  const std::pair<std::string, std::string> key(interval.device, interval.consumer);
  auto row = rows_.find(key);
  if (row != rows_.end() && MayGrow(row->second, interval)) {
    Grow(row->second, interval);
  } else {
    row = rows_.insert_or_assign(key, interval).first;
  }
  LedgerInterval grown = row->second;
  if (IsFull(grown, consumers)) rows_.erase(row);
  return grown;
}

void OpenRows::Close(const std::string& consumer) {
  std::erase_if(rows_, [&](const auto& row) { return row.first.second == consumer; });
}

Standings::Device& Standings::Account::Find(const std::string& device) {
  const auto found = std::find_if(devices.begin(), devices.end(),
                                  [&](const Device& known) { return known.name == device; });
  if (found != devices.end()) return *found;
  devices.push_back({.name = device});
  return devices.back();
}

void Standings::Amount::Add(const Amount& more) {
  joules += more.joules;
  low += more.low;
  high += more.high;
}

Standings::Amount Standings::Account::EnergyOf(const Moment& moment) const {
  const bool is_measured = std::any_of(devices.begin(), devices.end(),
                                       [](const Device& device) { return device.is_measured; });
  Amount energy;
  for (size_t i = 0; i < moment.energy.size(); ++i) {
    if (devices[i].is_measured || !is_measured) energy.Add(moment.energy[i]);
  }
  return energy;
}

void Standings::Begin(const std::string& consumer, absl::Duration at) {
  marks_[consumer] = {};
  marks_[consumer].moments.push_back({at, {}});
}

void Standings::Add(const std::vector<LedgerInterval>& intervals) {
  for (const LedgerInterval& interval : intervals) {
    const auto found = marks_.find(interval.consumer);
    if (found == marks_.end()) continue;
    Device& device = found->second.Find(interval.device);
    device.booked.Add(AmountOf(interval));
    device.guessed = {};  // what was open is closed
    device.is_measured |= IsMeasured(interval.source);
  }
}

void Standings::Guess(const std::vector<LedgerInterval>& intervals) {
  for (const LedgerInterval& interval : intervals) {
    const auto found = marks_.find(interval.consumer);
    if (found == marks_.end()) continue;
    found->second.Find(interval.device).guessed = AmountOf(interval);
  }
}

void Standings::Mark(absl::Duration at) {
  for (auto& [consumer, account] : marks_) {
    std::deque<Moment>& moments = account.moments;
    if (moments.back().at < at || moments.size() < 2) moments.push_back({at, {}});
    moments.back().energy.clear();
    for (const Device& device : account.devices) {
      moments.back().energy.push_back(device.booked);
      moments.back().energy.back().Add(device.guessed);
    }
    while (moments.size() > 2 && moments[1].at < at - kMomentsKept) moments.pop_front();
  }
}

std::optional<Standing> Standings::At(const std::string& consumer, absl::Duration at) const {
  const auto found = marks_.find(consumer);
  if (found == marks_.end() || found->second.devices.empty()) return std::nullopt;
  const Account& account = found->second;
  const std::deque<Moment>& moments = account.moments;
  if (moments.size() < 2) return std::nullopt;
  const auto after = std::find_if(moments.begin() + 1, moments.end() - 1,
                                  [&](const Moment& moment) { return moment.at >= at; });
  const auto before = after - 1;
  const absl::Duration time = after->at - before->at;
  if (time <= absl::ZeroDuration()) return std::nullopt;
  const double share = std::clamp(absl::FDivDuration(at - before->at, time), 0.0, 1.0);
  const Amount begun = account.EnergyOf(*before);
  const Amount ended = account.EnergyOf(*after);
  const auto within = [&](Joules Amount::*part) {
    return begun.*part + (ended.*part - begun.*part) * share;
  };
  // A guess that was too high is taken back.
  const Joules added = ended.joules - begun.joules;
  return Standing{within(&Amount::joules), std::max(added / time, Watts(0)), within(&Amount::low),
                  within(&Amount::high)};
}

}  // namespace powerdown
