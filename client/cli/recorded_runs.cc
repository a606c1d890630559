#include "client/cli/recorded_runs.h"

#include <filesystem>

#include "client/cli/bundle_folder.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/platform/shipped.h"

namespace powerdown {

absl::StatusOr<std::vector<RunBundle>> ReadBundleFolder(const std::string& folder) {
  ASSIGN_OR_RETURN(const BundleFolder bundles, BundleFolder::Open(folder));
  std::vector<RunBundle> all;
  for (const BundledRun& run : bundles.runs()) {
    ASSIGN_OR_RETURN(all.emplace_back(), bundles.Read(run));
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
