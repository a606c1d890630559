// What is shipped with the program, and files of the same kinds: recorded runs and weights.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/forecast/predictor.h"
#include "common/run/run_bundle.h"

namespace powerdown {

// ../share/powerdown/recorded of this program.
std::string ShippedFolder();
inline constexpr std::string_view kBundleSuffix = ".jsonl.zst";

bool IsBundle(std::string_view content);  // compressed or not, by its first bytes
absl::StatusOr<std::vector<RunBundle>> ReadBundleFile(const std::string& path);
// All bundles of a folder, in the order of their names. NotFound if there is none.
absl::StatusOr<std::vector<RunBundle>> ReadBundleFolder(const std::string& folder);

// The weights of a file; of the shipped one if `path` is empty, and null where nothing is shipped.
absl::StatusOr<std::shared_ptr<const Predictor>> FindPredictor(const std::string& path);

}  // namespace powerdown
