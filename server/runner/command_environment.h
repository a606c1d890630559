// The variables that a command sees. Thread-safe as long as nobody changes the environment.
#pragma once

#include <string>
#include <vector>

namespace powerdown {

// What this process was given of kWorkerVariables, then `asked`, then `ours`: "NAME=value", of each
// name the last one.
std::vector<std::string> CommandEnvironment(const std::vector<std::string>& asked,
                                            const std::vector<std::string>& ours);

}  // namespace powerdown
