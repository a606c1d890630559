// powerdownd's settings: flag > POWERDOWN_* > configuration file > default. Pure but for reading
// the file.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/daemon.h"

namespace powerdown {

struct Config {
  DaemonOptions daemon;
  bool asks_for_help = false;
  bool asks_for_version = false;
};

using Environment = std::map<std::string, std::string>;

// `arguments` are those after the program's name. InvalidArgument is one line fit to show.
absl::StatusOr<Config> ReadConfig(const std::vector<std::string>& arguments,
                                  const Environment& environment);

std::string ConfigHelp();  // every flag, with its default

}  // namespace powerdown
