// Tells people how a run or a comparison ended: a card of a few lines, for which the model is asked
// one question before and after, or with --details everything.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/cli/command_tree.h"
#include "client/cli/terminal/console.h"
#include "client/cli/text/style.h"
#include "client/connection/connection.h"
#include "common/run/run.h"

namespace powerdown {

// The line about a question that the model learned, asked now of the run's own checkpoints; or why
// there is none. Empty: the run has no two checkpoints to ask.
std::string AskWhatItLearned(Connection& connection, const Run& run, const Style& style);

inline constexpr char kDetails[] = "--details";
CommandFlag DetailsFlag();

// A run that has ended, in the format of the console. Where stdout is no terminal, people get the
// text on stderr and scripts the id on stdout.
absl::Status WriteEndedRun(Console& console, Connection& connection, const Run& run,
                           bool has_details);

}  // namespace powerdown
