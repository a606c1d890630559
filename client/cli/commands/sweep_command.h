// Submits the runs of a sweep as a group.
#pragma once

#include "absl/status/statusor.h"
#include "client/cli/command.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace powerdown {

// Every run gets the tag "sweep:NAME" (an id where no name was given) and its values as its name.
// Prints the runs. A daemon that refuses one ends it; the message says how many are queued.
absl::StatusOr<ExitCode> SubmitSweep(Session& session, const SubmitCommand& command);

}  // namespace powerdown
