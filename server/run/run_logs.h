// The logs of a run's workers, which are their stderr. Thread-safe: only reads files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace powerdown {

struct AttemptLog {
  int64_t attempt = 1;
  bool is_cut = false;  // earlier lines are left out
  std::string text;     // whole lines
};

// By attempt; of each the last 64 KiB, and of the newest attempts only as many as have 2 MiB.
// Attempts without a log, and a run that never started, have
// none. `run_folder` is <state>/runs/<run id>.
std::vector<AttemptLog> ReadRunLogs(const std::string& run_folder);

}  // namespace powerdown
