// Server addresses and the default state folder. Pure, but reads the environment.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace powerdown {

// Checks "unix:/path" or "HOST:PORT". InvalidArgument says what is allowed.
absl::StatusOr<std::string> ParseServerAddress(const std::string& text);

// $XDG_STATE_HOME/powerdown, by default ~/.local/state/powerdown: the state folder of the private
// daemon.
absl::StatusOr<std::string> PrivateStateFolder();

}  // namespace powerdown
