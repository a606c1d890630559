// The user's defaults for the command line, in $XDG_CONFIG_HOME/powerdown/cli.toml. Flags and
// POWERDOWN_* variables come first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

// A key that the file may have.
struct ConfigKey {
  std::string_view name;  // "server"
  std::string_view help;
  // The values allowed; none: any text.
  std::vector<std::string_view> choices = {};
};
const std::vector<ConfigKey>& ConfigKeys();

absl::StatusOr<std::string> ConfigPath();
using Config = std::map<std::string, std::string>;
// Empty where there is no file. InvalidArgument names a key or a value that is not known.
absl::StatusOr<Config> ReadConfig(const std::string& path);
// Sets one key; an empty value takes it away. The file's other keys stay, comments do not.
absl::Status SetConfig(const std::string& path, std::string_view key, std::string_view value);

}  // namespace powerdown
