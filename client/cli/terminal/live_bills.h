// The bills of the live display: what the usual and the stopped training cost so far. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/cli/terminal/live_view.h"

namespace powerdown {

std::vector<std::string> LiveBills(const LiveScene& scene, int width, const Style& style);

}  // namespace powerdown
