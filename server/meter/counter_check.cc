#include "server/meter/counter_check.h"

#include <cmath>

namespace powerdown {
namespace {

constexpr absl::Duration kSpan = absl::Minutes(1);
constexpr double kMostShare = 0.10;
constexpr double kMostWatts = 5;

}  // namespace

void CounterCheck::Add(Joules counted, Watts power, absl::Duration time) {
  counted_ += counted;
  integrated_ += power * time;
  time_ += time;
  if (time_ < kSpan) return;
  const Joules apart(std::abs((integrated_ - counted_).value()));
  const bool disagrees =
      counted_ > Joules(0) && apart > counted_ * kMostShare && apart / time_ > Watts(kMostWatts);
  disagreement_.reset();
  if (disagrees) disagreement_ = integrated_ / counted_;
  counted_ = integrated_ = Joules(0);
  time_ = absl::ZeroDuration();
}

}  // namespace powerdown
