// What `run list` was asked for.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/command_words.h"

namespace powerdown {

struct ListOptions {
  std::string filter;
  bool is_queue = false;
  std::string sort;  // a field of SortRuns; empty: newest first
};
// All the filtering flags become one filter.
absl::StatusOr<ListOptions> ReadList(const CommandWords& words);

}  // namespace powerdown
