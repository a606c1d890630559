// Delivers a notice by running a command that reads it as JSON on stdin. Blocks for at most 30 s.
#pragma once

#include <string>

#include "server/notify/notifier.h"

namespace powerdown {

// /bin/sh runs the command with POWERDOWN_EVENT and POWERDOWN_RUN_ID set. Exit code 0: delivered.
SendNotice NoticeCommand(const std::string& command);

}  // namespace powerdown
