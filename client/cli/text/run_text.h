// Runs and the daemon in words: lists, one run, what happened to it. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/cli/text/style.h"
#include "common/run/run.h"

namespace powerdown {

std::string RunLine(const Run& run, const Style& style);   // one short line
std::string RunBlock(const Run& run, const Style& style);  // all that is known of it
std::string RunTable(const std::vector<Run>& runs, const Style& style);
// Only what waits, in order, with the reason.
std::string QueueTable(const std::vector<Run>& runs, const Style& style);
// "memorised at step 140" and the like; empty for events that only programs care for.
std::string EventText(const RunEvent& event);

}  // namespace powerdown
