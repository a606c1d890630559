// Runs as data on stdout, in the format that was asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/exit_code.h"
#include "client/cli/terminal/console.h"
#include "common/run/run.h"

namespace powerdown {

absl::Status WriteRun(Console& console, OutputFormat output, const Run& run);
// A list is one JSON array.
absl::Status WriteRuns(Console& console, OutputFormat output, const std::vector<Run>& runs,
                       bool is_queue);

// Runs that have just come in. A script that takes the table's output (`id=$(powerdown run
// submit)`) gets their ids alone, one a line; what a person would see goes to stderr. `is_list`: of
// several, as WriteRuns; else of the one, as WriteRun.
absl::Status WriteNewRuns(Console& console, OutputFormat output, const std::vector<Run>& runs,
                          bool is_list);

// How a run that was awaited came out: kRunFailed, said on stderr, if it failed or was cancelled.
ExitCode OutcomeOf(Console& console, const Run& run);

}  // namespace powerdown
