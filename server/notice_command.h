// A notice as a command that reads its JSON on stdin. Blocks, for at most half a minute.
#pragma once

#include <string>

#include "server/notify/notifier.h"

namespace powerdown {

// Run by /bin/sh with POWERDOWN_EVENT and POWERDOWN_RUN_ID set; taken is exit code 0.
SendNotice NoticeCommand(const std::string& command);

}  // namespace powerdown
