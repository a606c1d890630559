// A configuration file as flat text settings. Pure: text in, text out.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

// TOML with text, number and boolean values: `max_running = 2` gives {"max_running", "2"}. A key in
// a table is "table.key". InvalidArgument names file, line and cause.
absl::StatusOr<std::map<std::string, std::string>> ParseConfigToml(std::string_view toml,
                                                                   std::string_view file_name);

}  // namespace powerdown
