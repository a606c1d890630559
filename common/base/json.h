// Json with its definition, for code that makes or reads values; headers that only name it include
// common/base/json_fwd.h, which costs a tenth to compile.
#pragma once

#include <nlohmann/json.hpp>

#include "common/base/json_fwd.h"
