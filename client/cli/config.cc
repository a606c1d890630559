#include "client/cli/config.h"

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "client/connection/profiles.h"
#include "common/base/config_text.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

absl::Status CheckSetting(std::string_view key, std::string_view value) {
  std::vector<std::string_view> names;
  for (const ConfigKey& known : ConfigKeys()) {
    names.push_back(known.name);
    if (known.name != key) continue;
    const auto& choices = known.choices;
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        Concat(key, ": value is ", Quoted(value), "; allowed: ", Join(choices, ", ")));
  }
  return absl::InvalidArgumentError(Concat("config: key ", Quoted(key), NotKnown(key, names)));
}

}  // namespace

const std::vector<ConfigKey>& ConfigKeys() {
  static const auto& keys = *new std::vector<ConfigKey>{
      {"server", "server to use: unix:PATH, HOST:PORT or the name of a paired one"},
      {"output", "format of data", {"table", "json", "jsonl", "csv"}},
      {"color", "when to use colour", {"auto", "never", "always"}},
  };
  return keys;
}

absl::StatusOr<std::string> ConfigPath() {
  ASSIGN_OR_RETURN(const std::string folder, ConfigFolder());
  return folder + "/cli.toml";
}

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return Config();
  RETURN_IF_ERROR(text.status());
  ASSIGN_OR_RETURN(Config config, ParseConfigToml(*text, path));
  for (const auto& [key, value] : config) {
    const absl::Status status = CheckSetting(key, value);
    if (!status.ok()) {
      return absl::InvalidArgumentError(Concat(path, ": ", StdView(status.message())));
    }
  }
  return config;
}

absl::Status SetConfig(const std::string& path, std::string_view key, std::string_view value) {
  if (!value.empty()) RETURN_IF_ERROR(CheckSetting(key, value));
  ASSIGN_OR_RETURN(Config config, ReadConfig(path));
  if (value.empty()) {
    config.erase(std::string(key));
  } else {
    config[std::string(key)] = value;
  }
  std::string text;
  for (const auto& [name, setting] : config) {
    text += Concat(name, " = \"", absl::StrReplaceAll(setting, {{"\\", "\\\\"}, {"\"", "\\\""}}),
                   "\"\n");
  }
  RETURN_IF_ERROR(MakePrivateFolder(path.substr(0, path.rfind('/'))));
  return WriteFile(path, text);
}

}  // namespace powerdown
