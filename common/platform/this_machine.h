// What this machine is, for people, and which of its boots this is. Thread-safe.
#pragma once

#include <string>

namespace powerdown {

// Names the time between two starts of the machine, within which monotonic times compare. Empty
// where the system has none.
std::string BootId();
std::string ProcessorName();  // "AMD EPYC …, 2 cores"

}  // namespace powerdown
