#include "client/app/settings.h"

#include <filesystem>

#include "client/connection/server_address.h"
#include "common/base/json.h"
#include "common/base/json_fwd.h"
#include "common/base/json_reader.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::string SettingsPath() {
  const absl::StatusOr<std::string> folder = PrivateStateFolder();
  return folder.ok() ? Concat(*folder, "/gui.json") : "";
}

Settings LoadSettings(const std::string& path) {
  Settings settings;
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return settings;
  const Json json = ParseJson(*text).value_or(Json());
  if (!json.is_object()) return settings;
  JsonReader reader(json);
  settings.theme = FindNamed<ThemeName>(reader.TextOr("theme", "")).value_or(settings.theme);
  settings.was_local = reader.FlagOr("was_local", false);
  if (json.contains("width")) settings.width = static_cast<int>(reader.Whole("width"));
  if (json.contains("height")) settings.height = static_cast<int>(reader.Whole("height"));
  if (json.contains("servers")) {
    for (const Json& server : reader.Array("servers")) {
      JsonReader profile(server);
      settings.servers.push_back({profile.TextOr("name", ""), profile.TextOr("address", "")});
    }
  }
  return reader.status().ok() ? settings : Settings();
}

absl::Status SaveSettings(const Settings& settings, const std::string& path) {
  Json json = {{"theme", std::string(NameOf(settings.theme))},
               {"width", settings.width},
               {"height", settings.height},
               {"was_local", settings.was_local},
               {"servers", Json::array()}};
  for (const ServerProfile& server : settings.servers) {
    json["servers"].push_back({{"name", server.name}, {"address", server.address}});
  }
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  return WriteFile(path, JsonText(json, 2) + "\n");
}

}  // namespace powerdown
