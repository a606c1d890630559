#include "server/run/bills.h"

#include <string>

#include "common/base/status.h"

namespace powerdown {

absl::Status AddBills(Store& store, const FootprintFactors& factors, std::vector<Run>& runs) {
  std::vector<std::string> ids;
  for (const Run& run : runs) ids.push_back(run.run_id);
  ASSIGN_OR_RETURN(const auto summaries, store.summaries().ReadEnergy(ids));
  std::vector<std::string> consumers;  // of runs without a summary
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!summaries[i]) consumers.push_back(RunConsumerPrefix(ids[i]));
  }
  ASSIGN_OR_RETURN(const auto totals, store.ledger().ReadTotals(consumers));
  auto total = totals.begin();
  for (size_t i = 0; i < runs.size(); ++i) {
    Run& run = runs[i];
    run.factors = factors;
    run.energy = summaries[i] ? *summaries[i] : SumIntervals(*total++);
    if (!run.energy) continue;
    run.co2 = CarbonOf(run.energy->gross, factors);
    run.cost = CostOf(run.energy->gross, factors);
  }
  return absl::OkStatus();
}

}  // namespace powerdown
