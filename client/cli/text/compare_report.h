// The result of a comparison, and of a fleet, for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/text/style.h"
#include "common/energy/footprint.h"
#include "common/run/run.h"

namespace powerdown {

// Ends with a newline. Fits 80 columns where names and sources allow it.
std::string CompareReport(const Comparison& comparison, const Style& style);

// One comparison a line, its age counted up to `now`.
std::string ComparisonTable(const std::vector<Comparison>& comparisons, absl::Time now,
                            const Style& style);

// What such runs save in a year, and the factors behind the numbers.
std::string FleetReport(const std::vector<FleetRow>& rows, const FootprintFactors& factors,
                        const Style& style);

}  // namespace powerdown
