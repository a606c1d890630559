#include "client/cli/shipped.h"

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {

std::string ShippedFolder() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return program.parent_path().parent_path() / "share/powerdown/recorded";
}

bool IsBundle(std::string_view content) {
  return IsCompressed(content) || content.starts_with("{\"bundle\"");
}

absl::StatusOr<std::vector<RunBundle>> ReadBundleFile(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  return IsCompressed(content) ? ReadBundles(content, path) : ParseBundles(content, path);
}

absl::StatusOr<std::vector<RunBundle>> ReadBundleFolder(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    if (std::string_view(path).ends_with(kBundleSuffix)) files.push_back(path);
  }
  if (files.empty()) return absl::NotFoundError(Concat("there are no recorded runs in ", folder));
  std::sort(files.begin(), files.end());
  std::vector<RunBundle> all;
  for (const std::string& path : files) {
    ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundleFile(path));
    std::move(bundles.begin(), bundles.end(), std::back_inserter(all));
  }
  return all;
}

absl::StatusOr<std::shared_ptr<const Predictor>> FindPredictor(const std::string& path) {
  const std::string file = path.empty() ? ShippedFolder() + "/predictor.json" : path;
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

}  // namespace powerdown
