#include "server/meter/own_cost.h"

#include <algorithm>

namespace powerdown {
namespace {

constexpr absl::Duration kOwnCostKept = absl::Minutes(1);

}  // namespace

void OwnCostMeter::Observe(absl::Duration at, absl::Duration used, absl::Duration box_used,
                           std::optional<Watts> above) {
  if (!moments_.empty() && at <= moments_.back().at) return;
  moments_.push_back({at, used, box_used, above});
  while (moments_.front().at < at - kOwnCostKept) moments_.pop_front();
}

std::optional<OwnCost> OwnCostMeter::cost() const {
  if (moments_.size() < 2) return std::nullopt;
  const absl::Duration time = moments_.back().at - moments_.front().at;
  OwnCost cost;
  cost.core_share = absl::FDivDuration(moments_.back().used - moments_.front().used, time);
  Joules energy;
  absl::Duration known;
  for (size_t i = 1; i < moments_.size(); ++i) {
    const Moment& now = moments_[i];
    const Moment& before = moments_[i - 1];
    const absl::Duration busy = now.box_used - before.box_used;
    if (!now.above) continue;
    known += now.at - before.at;
    if (busy <= absl::ZeroDuration()) continue;
    const double share = std::clamp(absl::FDivDuration(now.used - before.used, busy), 0.0, 1.0);
    energy += *now.above * share * (now.at - before.at);
  }
  if (known > absl::ZeroDuration()) cost.power = energy / known;
  return cost;
}

}  // namespace powerdown
