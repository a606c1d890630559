// The name of Json for headers: keys keep their order. common/base/json.h defines it.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace powerdown {

using Json = nlohmann::ordered_json;

}  // namespace powerdown
