// The recorded runs that are installed with the program, for --demo and the first start.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "client/model/app_model.h"

namespace powerdown {

// share/powerdown/recorded beside bin/, or the source tree's. NotFound says where it looked.
absl::StatusOr<std::vector<AppUpdate>> ReadRecordedRuns();

// When the last of these updates happened: "now" for a picture that is the same every time.
absl::Time LatestTime(const AppModel& model);

}  // namespace powerdown
