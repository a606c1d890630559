// Delivers a notice by running a command that reads it as JSON on stdin. Blocks for at most the
// limit; then the command and all that it started are killed.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/notify/notifier.h"

namespace powerdown {

inline constexpr absl::Duration kLongestCommand = absl::Seconds(30);  // mail and chat take seconds

// /bin/sh runs the command with POWERDOWN_EVENT and POWERDOWN_RUN_ID set. Exit code 0: delivered.
// Stop kills what runs.
NoticeSender NoticeCommand(const std::string& command, absl::Duration limit = kLongestCommand);

// To the URL or to the command, whichever is not empty. InvalidArgument: both, or no such URL.
absl::StatusOr<NoticeSender> ChooseNoticeSender(const std::string& url, const std::string& command);

}  // namespace powerdown
