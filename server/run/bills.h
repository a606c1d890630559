// Adds to runs what they have used, as the ledger says.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/energy/footprint.h"
#include "common/run/run.h"
#include "server/store/ledger_table.h"

namespace powerdown {

// Sets energy, co2 and cost of each run that the ledger has energy of, and the factors of all.
absl::Status AddBills(const LedgerTable& ledger, const FootprintFactors& factors,
                      std::vector<Run>& runs);

}  // namespace powerdown
