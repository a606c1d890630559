// The sources of the repository as text, for tests of their structure.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_split.h"

namespace powerdown {

// The files below these folders with one of these extensions, as paths from the repository's root;
// sorted.
inline std::vector<std::string> SourcesUnder(const std::vector<std::string>& folders,
                                             const std::set<std::string>& extensions = {".cc",
                                                                                        ".h"}) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  const fs::path root = POWERDOWN_SOURCE_DIR;
  for (const std::string& folder : folders) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (extensions.contains(entry.path().extension())) {
        files.push_back(fs::relative(entry.path(), root).string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string SourceText(const std::string& file) {
  const std::filesystem::path path = std::filesystem::path(POWERDOWN_SOURCE_DIR) / file;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  std::string text(error ? 0 : size, '\0');
  std::ifstream(path, std::ios::binary)
      .read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

inline std::vector<std::string> SourceLines(const std::string& file) {
  return absl::StrSplit(SourceText(file), '\n');
}

}  // namespace powerdown
