// Words of a command line in, a command out. Reads the file that --spec names, nothing else.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command.h"

namespace powerdown {

// `arguments` are without the program's name. InvalidArgument is one line that says what is wrong
// and, for a typing error, what was meant.
absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace powerdown
