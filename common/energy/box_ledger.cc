#include "common/energy/box_ledger.h"

#include <algorithm>
#include <string_view>

namespace powerdown {

std::optional<BoxLedger> BoxLedgerOf(const std::vector<LedgerInterval>& intervals) {
  const bool is_metered = std::any_of(
      intervals.begin(), intervals.end(),
      [](const LedgerInterval& interval) { return interval.source != kEstimateSource; });
  BoxLedger ledger;
  for (const LedgerInterval& interval : intervals) {
    if (is_metered && interval.source == kEstimateSource) continue;
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
    if (ledger.source.empty()) ledger.source = interval.source;
    if (interval.source != ledger.source) ledger.source = "mixed";
  }
  return intervals.empty() ? std::nullopt : std::make_optional(ledger);
}

}  // namespace powerdown
