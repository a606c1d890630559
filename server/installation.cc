#include "server/installation.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/status/statusor.h"
#include "spdlog/spdlog.h"

namespace powerdown {
namespace {

std::filesystem::path ThisProgram() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored);
}

}  // namespace

std::string WorkerBesideThisProgram() {
  return ThisProgram().parent_path() / "powerdown-worker";
}

std::string RecordedBesideThisProgram() {
  return ThisProgram().parent_path().parent_path() / "share/powerdown/recorded";
}

ShippedWeights ReadWeights(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  absl::StatusOr<Predictor> predictor = Predictor::FromJson(text);
  if (!predictor.ok()) {
    spdlog::warn("{}: {}; runs go without forecasts", path,
                 std::string(predictor.status().message()));
    return {};
  }
  return {std::move(text), std::make_shared<const Predictor>(*std::move(predictor))};
}

}  // namespace powerdown
