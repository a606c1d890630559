#include "server/meter/plausible_power.h"

#include <algorithm>

namespace powerdown {
namespace {

// No GPU that is sold draws more while nothing runs on it (g-helper#5819: 593 W of a laptop's).
constexpr Watts kMostAtRest(300);
constexpr double kLeastUse = 0.05;
// How far above the largest that was believed a value is believed at once; without a limit more, as
// a processor that wakes draws several times what it drew at rest.
constexpr double kMargin = 1.25;
constexpr double kMarginWithoutLimit = 4;
// So many doubtful values within so long are no accident.
constexpr size_t kEnough = 3;
constexpr absl::Duration kRemembered = absl::Minutes(1);

}  // namespace

PlausiblePower::PlausiblePower(const MeterDescription& meter)
    : limit_(meter.most_power),
      overshoot_(meter.overshoot),
      fixed_ceiling_(meter.ceiling),
      is_limit_known_(meter.is_limit_known) {}

Watts PlausiblePower::ceiling() const {
  return std::max(fixed_ceiling_, limit_ * overshoot_);
}

Watts PlausiblePower::most() const {
  const bool may_exceed = fixed_ceiling_ > Watts(0) || !is_limit_known_;
  return may_exceed ? std::max(limit_, largest_) : limit_;
}

Watts PlausiblePower::Believed() const {
  if (is_limit_known_) return std::max(limit_ * overshoot_, largest_ * kMargin);
  return largest_ > Watts(0) ? largest_ * kMarginWithoutLimit : ceiling();
}

PlausiblePower::Verdict PlausiblePower::Judge(Watts power, std::optional<double> busy,
                                              absl::Duration now) {
  const bool is_at_rest = busy && *busy < kLeastUse;
  const bool is_absurd = !is_limit_known_ && is_at_rest && power > kMostAtRest;
  if (power < Watts(0) || power > std::max(ceiling(), largest_) || is_absurd) {
    return Verdict::kImpossible;
  }
  if (power > Believed()) {
    while (!doubts_.empty() && now - doubts_.front().at > kRemembered) doubts_.pop_front();
    doubts_.push_back({now, power});
    if (doubts_.size() < kEnough || is_at_rest) return Verdict::kDoubtful;
    const auto least =
        std::min_element(doubts_.begin(), doubts_.end(),
                         [](const Doubt& a, const Doubt& b) { return a.power < b.power; });
    largest_ = std::max(largest_, least->power);
    doubts_.clear();
    if (power > Believed()) return Verdict::kDoubtful;
  }
  largest_ = std::max(largest_, power);
  return Verdict::kPlausible;
}

}  // namespace powerdown
