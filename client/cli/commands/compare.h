// What `compare` was asked for.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cli/command_words.h"
#include "client/connection/connection.h"

namespace powerdown {

struct CompareOptions {
  std::string comparison_id;  // to come back to; empty: a new one
  Connection::ComparisonSubmission submission;
  bool has_details = false;
};
absl::StatusOr<CompareOptions> ReadCompare(const CommandWords& words);

}  // namespace powerdown
