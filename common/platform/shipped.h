// Where this program lies, and what is installed with it: bin/ beside share/powerdown/, in the
// build tree as once installed. Thread-safe.
#pragma once

#include <string>

namespace powerdown {

// The folder of this program; empty where the system does not tell it.
std::string ProgramFolder();
// share/powerdown/recorded: the recorded runs, their forecasts and the forecast weights.
std::string RecordedFolder();
// The weights that are installed there.
std::string ShippedWeightsFile();

}  // namespace powerdown
