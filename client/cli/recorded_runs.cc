#include "client/cli/recorded_runs.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/platform/shipped.h"

namespace powerdown {

std::vector<std::string> BundleFiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const std::string path = entry.path().string();
    if (std::string_view(path).ends_with(kBundleSuffix)) files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool IsBundle(std::string_view content) {
  return IsCompressed(content) || content.starts_with("{\"bundle\"");
}

absl::StatusOr<std::vector<RunBundle>> ReadBundleFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  return IsCompressed(content) ? ReadBundles(content, path) : ParseBundles(content, path);
}

absl::StatusOr<std::vector<RunBundle>> ReadBundleFolder(const std::string& folder) {
  const std::vector<std::string> files = BundleFiles(folder);
  if (files.empty()) return absl::NotFoundError(Concat("there are no recorded runs in ", folder));
  std::vector<RunBundle> all;
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFile(path));
    std::move(bundles.begin(), bundles.end(), std::back_inserter(all));
  }
  return all;
}

CommandFlag PredictorFlag() {
  return Flag("--predictor", "FILE", "forecast weights [the shipped ones]");
}

absl::StatusOr<std::shared_ptr<const Predictor>> FindPredictor(const std::string& path) {
  const std::string file = path.empty() ? ShippedWeightsFile() : path;
  std::error_code ignored;
  if (path.empty() && !std::filesystem::exists(file, ignored)) {
    return std::shared_ptr<const Predictor>();
  }
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  absl::StatusOr<Predictor> predictor = Predictor::FromJson(text);
  if (!predictor.ok()) {
    return absl::Status(predictor.status().code(),
                        AbslView(Concat(file, ": ", StdView(predictor.status().message()))));
  }
  return std::make_shared<const Predictor>(*std::move(predictor));
}

absl::StatusOr<std::shared_ptr<const Predictor>> LoadPredictor(const std::string& path) {
  ASSIGN_OR_RETURN(auto predictor, FindPredictor(path));
  if (predictor != nullptr) return predictor;
  return absl::NotFoundError(
      "no forecast weights are installed; make them with: powerdown predictor train");
}

}  // namespace powerdown
