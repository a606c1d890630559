// The local daemon, for users who name no server: the system service, or a private daemon, which is
// started if none runs.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

// Where deploy/systemd/powerdownd.service listens.
inline constexpr char kServiceSocket[] = "/run/powerdown/powerdown.sock";

// The address of the system service. Nullopt if there is none, or this user may not call it;
// Unavailable if its socket is there and nobody answers.
absl::StatusOr<std::optional<std::string>> FindService(const std::string& socket_path);

// Address of the service, or else of the user's private daemon. As EnsureLocalDaemon.
absl::StatusOr<std::string> FindOrStartDaemon(absl::Duration limit);

// Address of a daemon that serves `state_folder`, started detached if none did; it ends after ten
// idle minutes. `program` is the path of powerdownd. Unavailable says why it did not start, with
// the daemon's own message if there is one. Blocks until it serves, at most `limit`.
absl::StatusOr<std::string> EnsureLocalDaemon(const std::string& state_folder,
                                              const std::string& program, absl::Duration limit);

// powerdownd beside this program's own binary, or in PATH.
absl::StatusOr<std::string> FindDaemonProgram();

}  // namespace powerdown
