// The command line of powerdown-gui. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/view/screen.h"

namespace powerdown {

struct GuiOptions {
  std::string server;  // unix:PATH, HOST:PORT or a known server's name; empty: the last, or none
  std::string screenshot;  // PNG to write instead of opening a window
  std::string text;        // file for the drawn text, of the picture or of each frame
  std::string figures;     // file for the times of frames, written at exit
  ViewName view = ViewName::kCompare;
  int width = 1440;
  int height = 900;
  bool has_size = false;  // given by the user, so that the remembered size is not used
  std::optional<ThemeName> theme;
  float scale = 0;  // 0: the monitor's
  bool is_demo = false;
  bool wants_help = false;
  bool wants_version = false;
};

// InvalidArgument names the flag, its value and what is allowed.
absl::StatusOr<GuiOptions> ParseOptions(const std::vector<std::string>& arguments);
std::string OptionsHelp();

}  // namespace powerdown
