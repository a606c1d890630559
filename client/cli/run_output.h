// Prints runs in the format that was asked for.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/exit_code.h"
#include "client/cli/terminal/console.h"
#include "common/run/run.h"

namespace powerdown {

absl::Status WriteRun(Console& console, const Run& run);
absl::Status WriteRuns(Console& console, const std::vector<Run>& runs);
absl::Status WriteQueue(Console& console, const std::vector<Run>& runs);

// Runs that were just submitted or imported. A script that takes the table's output
// (`id=$(powerdown run submit)`) gets only their ids, one a line; the table for people goes to
// stderr. `is_list`: several, as WriteRuns; else one, as WriteRun.
absl::Status WriteNewRuns(Console& console, const std::vector<Run>& runs, bool is_list);

// "detached; the run goes on. …", for Ctrl-C.
std::string DetachedText(const Run& run);

// The exit code for a run that has ended: kRunFailed, with the reason on stderr, if it failed or
// was cancelled.
ExitCode OutcomeOf(Console& console, const Run& run);

}  // namespace powerdown
