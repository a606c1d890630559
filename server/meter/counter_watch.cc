#include "server/meter/counter_watch.h"

#include <algorithm>

namespace powerdown {
namespace {

// Twice the slowest that was seen in the field (5 s). The first change tells nothing of the
// renewal, as nobody knows when the one before it was.
constexpr absl::Duration kLongestUnknown = absl::Seconds(10);
// Once it is known, so many renewals may fail to come, within these bounds: drivers hiccup.
constexpr int kMostMissed = 3;
constexpr absl::Duration kShortestWait = absl::Seconds(2);
constexpr absl::Duration kLongestWait = absl::Seconds(30);
constexpr size_t kRenewalsKept = 8;

}  // namespace

absl::Duration CounterWatch::renewal() const {
  return renewals_.empty() ? absl::ZeroDuration()
                           : *std::max_element(renewals_.begin(), renewals_.end());
}

absl::Duration CounterWatch::LongestWait() const {
  if (changes_ < 2) return kLongestUnknown;
  return std::clamp(renewal() * kMostMissed, kShortestWait, kLongestWait);
}

CounterWatch::State CounterWatch::Observe(Joules value, absl::Duration now) {
  if (!value_) {
    value_ = value;
    changed_at_ = now;
    return State::kMoved;
  }
  if (value == *value_) {
    has_stood_ = true;
    return now - changed_at_ > LongestWait() ? State::kStuck : State::kWaiting;
  }
  if (changes_ > 0) {
    renewals_.push_back(has_stood_ ? now - changed_at_ : absl::ZeroDuration());
    if (renewals_.size() > kRenewalsKept) renewals_.pop_front();
  }
  value_ = value;
  changed_at_ = now;
  ++changes_;
  has_stood_ = false;
  return State::kMoved;
}

}  // namespace powerdown
