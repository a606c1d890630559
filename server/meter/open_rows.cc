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
  return row.end == more.start && row.source == more.source && row.baseline == more.baseline &&
         row.net.has_value() == more.net.has_value();
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

void Standings::Begin(const std::string& consumer, absl::Duration at) {
  marks_[consumer] = {};
  marks_[consumer].moments.push_back({at, Joules(0), Joules(0)});
}

void Standings::Add(const std::vector<LedgerInterval>& intervals) {
  for (const LedgerInterval& interval : intervals) {
    const auto found = marks_.find(interval.consumer);
    if (found == marks_.end()) continue;
    Account& account = found->second;
    const bool is_estimate = interval.source == kEstimateSource;
    (is_estimate ? account.estimated : account.measured) += interval.joules;
    account.is_measured |= !is_estimate;
    account.is_known = true;
  }
}

void Standings::Mark(absl::Duration at) {
  for (auto& [consumer, account] : marks_) {
    std::deque<Moment>& moments = account.moments;
    moments.push_back({at, account.measured, account.estimated});
    while (moments.size() > 2 && moments[1].at < at - kMomentsKept) moments.pop_front();
  }
}

std::optional<Standing> Standings::At(const std::string& consumer, absl::Duration at) const {
  const auto found = marks_.find(consumer);
  if (found == marks_.end() || !found->second.is_known) return std::nullopt;
  const std::deque<Moment>& moments = found->second.moments;
  const auto energy = [&](const Moment& moment) {
    return found->second.is_measured ? moment.measured : moment.estimated;
  };
  if (moments.size() < 2) return std::nullopt;
  const auto after = std::find_if(moments.begin() + 1, moments.end() - 1,
                                  [&](const Moment& moment) { return moment.at >= at; });
  const auto before = after - 1;
  const absl::Duration time = after->at - before->at;
  if (time <= absl::ZeroDuration()) return std::nullopt;
  const double share = std::clamp(absl::FDivDuration(at - before->at, time), 0.0, 1.0);
  const Joules added = energy(*after) - energy(*before);
  return Standing{energy(*before) + added * share, added / time};
}

}  // namespace powerdown
