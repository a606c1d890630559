// Runs in words: lists, one run, its events. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/text/style.h"
#include "common/run/run.h"

namespace powerdown {

std::string RunLine(const Run& run, const Style& style);   // one short line
std::string RunBlock(const Run& run, const Style& style);  // everything that is known
// One run a line, its age counted up to `now`; owners only where there are several.
std::string RunTable(const std::vector<Run>& runs, absl::Time now, const Style& style);
// Only queued runs, in order, each with the reason why it waits.
std::string QueueTable(const std::vector<Run>& runs, const Style& style);
// "memorised at step 140" and the like; empty for events that people do not need.
std::string EventText(const RunEvent& event);

}  // namespace powerdown
