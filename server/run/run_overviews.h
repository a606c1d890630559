// Runs as reports over many of them use them. Thread-safe.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "common/run/run_summary.h"
#include "server/store/store.h"

namespace powerdown {

// As RunTable::List. A run that goes on has in its summary what is known without reading its
// reports: what it trains, its energy, and that at its grok step.
absl::StatusOr<std::vector<RunOverview>> ListOverviews(Store& store, const RunFilter& filter);

}  // namespace powerdown
