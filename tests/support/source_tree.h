// The sources of the repository as text, for tests of their structure.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"

namespace powerdown {

// The .cc and .h files below these folders, as paths from the repository's root; sorted.
inline std::vector<std::string> SourcesUnder(const std::vector<std::string>& folders) {
  namespace fs = std::filesystem;
  std::vector<std::string> files;
  const fs::path root = POWERDOWN_SOURCE_DIR;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension == ".cc" || extension == ".h") {
        files.push_back(fs::relative(entry.path(), root).string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

inline std::string SourceText(const std::string& file) {
  std::ifstream stream(std::filesystem::path(POWERDOWN_SOURCE_DIR) / file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

inline std::vector<std::string> SourceLines(const std::string& file) {
  return absl::StrSplit(SourceText(file), '\n');
}

}  // namespace powerdown
