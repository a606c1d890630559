// What the window remembers: theme, size, servers. $XDG_STATE_HOME/powerdown/gui.json, written
// atomically; a file that cannot be read is as good as none.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/model/app_model.h"
#include "client/view/theme.h"

namespace powerdown {

struct Settings {
  ThemeName theme = ThemeName::kLight;
  int width = 1440;
  int height = 900;
  std::vector<ServerProfile> servers;  // used last, first; the local one is not among them
  bool was_local = false;              // the local daemon was used last
};

Settings LoadSettings(const std::string& path);
absl::Status SaveSettings(const Settings& settings, const std::string& path);
std::string SettingsPath();  // empty: there is no home

}  // namespace powerdown
