// Request ids: the daemon answers a repeated request with the first result and does not act twice.
#pragma once

#include <string>

namespace powerdown {

std::string NewRequestId();  // a random UUID, version 4. Thread-safe

}  // namespace powerdown
