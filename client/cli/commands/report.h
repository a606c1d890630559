// What `report` was asked for.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/command_words.h"

namespace powerdown {

struct ReportOptions {
  std::string filter;
  std::string html_file;  // a page in place of the report; empty: none
  std::string folder;     // of recorded runs, without a daemon; empty: the daemon's runs
};
absl::StatusOr<ReportOptions> ReadReport(const CommandWords& words);

}  // namespace powerdown
