#include "server/meter/counter_check.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace powerdown {
namespace {

constexpr absl::Duration kSpan = absl::Seconds(10);
constexpr double kMostShare = 0.10;
constexpr double kMostWatts = 5;
// A one-second average, and the poll: a power that changes within the window is seen so late.
constexpr absl::Duration kMostLag = absl::Milliseconds(1200);

}  // namespace

void CounterCheck::Add(Joules counted, Joules integrated, Watts power, absl::Duration time) {
  counted_ += counted;
  integrated_ += integrated;
  time_ += time;
  least_ = std::min(least_.value_or(power), power);
  most_ = std::max(most_, power);
  if (time_ < kSpan) return;
  const Joules apart = integrated_ - counted_;
  const Joules size(std::abs(apart.value()));
  const bool disagrees = counted_ > Joules(0) && size > counted_ * kMostShare &&
                         size / time_ > Watts(kMostWatts) && size > (most_ - *least_) * kMostLag;
  disagreement_.reset();
  owed_.reset();
  if (disagrees) {
    disagreement_ = integrated_ / counted_;
    owed_ = apart;
  }
  counted_ = integrated_ = Joules(0);
  time_ = absl::ZeroDuration();
  least_.reset();
  most_ = Watts(0);
}

std::optional<Joules> CounterCheck::TakeOwed() {
  return std::exchange(owed_, std::nullopt);
}

}  // namespace powerdown
