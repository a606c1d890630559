// Reads a recording as updates of the model: the lines that `powerdown run watch`, `compare` and
// `quiz` (with and without --grid) print. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/model/app_model.h"

namespace powerdown {

// In the order of the lines, a run's updates before its comparison. The first comparison of the
// recording is the one shown. InvalidArgument names the line that cannot be read.
absl::StatusOr<std::vector<AppUpdate>> ParseRecording(std::string_view text);

}  // namespace powerdown
