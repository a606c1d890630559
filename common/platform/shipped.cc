#include "common/platform/shipped.h"

#include <filesystem>
#include <system_error>

namespace powerdown {

namespace fs = std::filesystem;

std::string ProgramFolder() {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/exe", unknown).parent_path();
}

std::string RecordedFolder() {
  return fs::path(ProgramFolder()).parent_path() / "share/powerdown/recorded";
}

std::string ShippedWeightsFile() {
  return RecordedFolder() + "/predictor.json";
}

}  // namespace powerdown
