// Screens of text that are kept in tests/data/screens, so that what a person sees does not change
// unseen. POWERDOWN_UPDATE_SCREENS=1 writes them anew, to be looked at and committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "client/cli/text/style.h"

namespace powerdown {

struct ScreenSize {
  int columns;
  int rows;
};
// The smallest that is supported, the usual one and a wide one.
inline const std::vector<ScreenSize>& ScreenSizes() {
  static const auto& sizes = *new std::vector<ScreenSize>{{60, 20}, {80, 24}, {120, 40}};
  return sizes;
}

// That `text` is what the screen `name` of this size shows, and that none of its lines wraps.
inline void ExpectScreen(const std::string& name, ScreenSize size, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(DisplayWidth(line), size.columns) << name << ": " << line;
  }
  const std::string file = std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/screens/" + name + "-" +
                           std::to_string(size.columns) + ".txt";
  if (std::getenv("POWERDOWN_UPDATE_SCREENS") != nullptr) {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
    return;
  }
  std::stringstream kept;
  kept << std::ifstream(file).rdbuf();
  EXPECT_EQ(text, kept.str()) << file;
}

}  // namespace powerdown
