// Names one mutation, so that a repeat of it is answered and not done again.
#pragma once

#include <string>

namespace powerdown {

std::string NewRequestId();  // a random UUID, version 4. Thread-safe

}  // namespace powerdown
