// Reads a command line: the words in, the work to do out. Reads the files that SPEC flags name,
// nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/command_tree.h"
#include "client/cli/config.h"
#include "client/cli/session.h"

namespace powerdown {

struct Invocation {
  GlobalOptions globals;
  Work work;
};

// `arguments` are without the program's name. InvalidArgument is one line that says what is wrong
// and, for a typing error, names the likely word.
// `config`: the user's defaults, which stand in for flags that are not given.
absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments,
                                            const Config& config = {});

// A time in seconds, above 0. `name` is for the message.
absl::StatusOr<absl::Duration> ReadSeconds(std::string_view name, const std::string& text);

}  // namespace powerdown
