// Where a program lies, as a shell finds it, and whether it can run in a folder. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// By PATH of `environment` ("NAME=value"), or from `directory` where the word has a slash. NotFound
// says where it was looked for.
absl::StatusOr<std::string> FindProgram(const std::string& word,
                                        const std::vector<std::string>& environment,
                                        const std::string& directory);

// Whether this process may run something there. The error names the folder and what to do.
absl::Status CheckFolder(const std::string& directory);

}  // namespace powerdown
