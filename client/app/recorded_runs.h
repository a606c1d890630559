// The recorded runs and the weights that are installed with the program, for --demo, the first
// start and forecasts before a run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/model/app_model.h"
#include "client/model/playback.h"

namespace powerdown {

// From share/powerdown/recorded beside bin/: the demonstration's comparisons
// with their curves and answers, and all other runs without their curves. NotFound says where it
// looked.
absl::StatusOr<std::vector<AppUpdate>> ReadRecordedRuns();
// The demonstration's comparison of this id, from its beginning.
absl::StatusOr<Playback> ReadPlayback(const std::string& comparison_id);
// The curves of one recorded run, and its forecasts.
absl::StatusOr<AppUpdate> ReadRecordedCurves(const std::string& run_id);
// Null if none are installed or they are of another version.
std::shared_ptr<const Predictor> ReadWeights();

// When the last of these updates happened: "now" for a picture that is the same every time.
absl::Time LatestTime(const AppModel& model);

}  // namespace powerdown
