// JSON as every program writes it: keys keep their order; NaN and infinities are the strings "NaN",
// "Infinity", "-Infinity"; times are RFC 3339. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/time/time.h"

namespace powerdown {

using Json = nlohmann::ordered_json;

Json NumberJson(double value);
std::string TimeText(absl::Time time);  // RFC 3339, UTC, microseconds

}  // namespace powerdown
