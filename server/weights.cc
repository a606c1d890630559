#include "server/weights.h"

#include <utility>

#include "absl/status/statusor.h"
#include "common/platform/files.h"
#include "spdlog/spdlog.h"

namespace powerdown {

ShippedWeights ReadWeights(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return {};
  absl::StatusOr<Predictor> predictor =
      text.ok() ? Predictor::FromJson(*text) : absl::StatusOr<Predictor>(text.status());
  if (!predictor.ok()) {
    spdlog::warn("{}: {}; runs have no forecasts", path, std::string(predictor.status().message()));
    return {};
  }
  return {*std::move(text), std::make_shared<const Predictor>(*std::move(predictor))};
}

}  // namespace powerdown
