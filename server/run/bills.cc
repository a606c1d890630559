#include "server/run/bills.h"

#include <string>

#include "common/base/status.h"

namespace powerdown {

absl::Status AddBills(const LedgerTable& ledger, const FootprintFactors& factors,
                      std::vector<Run>& runs) {
  std::vector<std::string> consumers;
  for (const Run& run : runs) consumers.push_back(RunConsumerPrefix(run.run_id));
  ASSIGN_OR_RETURN(const auto totals, ledger.ReadTotals(consumers));
  for (size_t i = 0; i < runs.size(); ++i) {
    Run& run = runs[i];
    run.factors = factors;
    run.energy = SumIntervals(totals[i]);
    if (!run.energy) continue;
    run.co2 = CarbonOf(run.energy->gross, factors);
    run.cost = CostOf(run.energy->gross, factors);
  }
  return absl::OkStatus();
}

}  // namespace powerdown
