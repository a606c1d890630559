// Two runs side by side: the fields of their specs that differ, and how they came out. Pure.
#pragma once

#include <string>

#include "client/cli/text/style.h"
#include "common/base/json_fwd.h"
#include "common/run/run.h"

namespace powerdown {

// {"a","b": run ids, "spec": {field: [a, b]}, "results": {name: [a, b]}}; only what differs is in
// "spec", what one of them does not have is null.
Json RunDiffJson(const Run& a, const Run& b);
std::string RunDiffTable(const Run& a, const Run& b, const Style& style);

}  // namespace powerdown
