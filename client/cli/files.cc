#include "client/cli/files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/text.h"

namespace powerdown {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return absl::NotFoundError(Concat("there is no file ", path));
  }
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) return absl::UnavailableError(Concat("cannot read ", path));
  return content;
}

absl::Status WriteFile(const std::string& path, std::string_view content) {
  const std::string aside = path + ".part";
  std::ofstream file(aside, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (file && std::rename(aside.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const int cause = errno;
  std::remove(aside.c_str());
  return absl::UnavailableError(
      Concat("cannot write ", path, ": ", std::string_view(std::strerror(cause))));
}

}  // namespace powerdown
