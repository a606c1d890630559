// An interval of the energy ledger as JSON, and back. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "common/energy/energy.h"
#include "common/run/run_json.h"

namespace powerdown {

Json LedgerJson(const LedgerInterval& interval);
// InvalidArgument names the field that is missing or of another type.
absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json);

}  // namespace powerdown
