// Overviews of runs on the wire and back. Pure.
#pragma once

#include "absl/status/statusor.h"
#include "common/run/run_summary.h"
#include "powerdown/v1/run_service.pb.h"

namespace powerdown {

v1::RunOverview ToWire(const RunOverview& overview);
absl::StatusOr<RunOverview> FromWire(const v1::RunOverview& wire);

}  // namespace powerdown
