// `report --html`: a page about one run, a comparison or many runs.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace powerdown {

// `chosen`: a run or comparison by any of its ids, or a filter; empty: all runs. Writes `file`.
absl::StatusOr<ExitCode> SaveReportPage(Session& session, const std::string& chosen,
                                        const std::string& file);

}  // namespace powerdown
