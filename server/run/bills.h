// Adds to runs what they have used, as the ledger says: of runs that have ended as their summary
// has it, so that a list does not add up intervals again.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/energy/footprint.h"
#include "common/run/run.h"
#include "server/store/store.h"

namespace powerdown {

// Sets energy, co2 and cost of each run that the ledger has energy of, and the factors of all.
absl::Status AddBills(Store& store, const FootprintFactors& factors, std::vector<Run>& runs);

}  // namespace powerdown
