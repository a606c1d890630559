// Recorded runs and forecast weights: those shipped with the program, and the user's own files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"
#include "common/forecast/predictor.h"
#include "common/run/run_bundle.h"

namespace powerdown {

// The runs of all bundles of a folder, sorted by run id. NotFound if it has no bundle.
absl::StatusOr<std::vector<RunBundle>> ReadBundleFolder(const std::string& folder);

CommandFlag PredictorFlag();  // --predictor FILE
// The weights of a file. If `path` is empty: the shipped ones, or null if none are installed.
absl::StatusOr<std::shared_ptr<const Predictor>> FindPredictor(const std::string& path);
// As FindPredictor, but NotFound in place of null.
absl::StatusOr<std::shared_ptr<const Predictor>> LoadPredictor(const std::string& path);

}  // namespace powerdown
