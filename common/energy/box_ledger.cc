#include "common/energy/box_ledger.h"

#include <set>
#include <string_view>

namespace powerdown {

std::optional<BoxLedger> BoxLedgerOf(const std::vector<LedgerInterval>& intervals) {
  std::set<std::string_view> metered;  // devices
  for (const LedgerInterval& interval : intervals) {
    if (IsMeasured(interval.source)) metered.insert(interval.device);
  }
  BoxLedger ledger;
  for (const LedgerInterval& interval : intervals) {
    const bool is_estimate = interval.source == kEstimateSource;
    if (is_estimate && !metered.empty() && metered.count(interval.device) == 0) continue;
    const std::string_view consumer = interval.consumer;
    if (consumer == kUnattributed) {
      // Above its baseline a box without a run works for other programs; below, it rests.
      ledger.unattributed += interval.net.value_or(interval.joules);
      if (interval.net) {
        ledger.at_rest = ledger.at_rest.value_or(Joules()) + interval.joules - *interval.net;
      }
    } else {
      (consumer.starts_with("quiz/") ? ledger.quizzes : ledger.runs) += interval.joules;
    }
    ledger.total += interval.joules;
    ledger.low += interval.low;
    ledger.high += interval.high;
    if (interval.source == kUnmeteredSource) continue;  // only widens the band
    if (ledger.source.empty()) ledger.source = interval.source;
    if (interval.source != ledger.source) ledger.source = "mixed";
  }
  return intervals.empty() ? std::nullopt : std::make_optional(ledger);
}

}  // namespace powerdown
