// The logs of a run's workers, which are their stderr, and what its command wrote. Thread-safe:
// only reads files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/platform/output_log.h"
#include "server/run/run_folders.h"
#include "server/run/run_queue.h"

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

struct CommandOutput {
  int64_t attempt = 1;
  OutputPart part;
  bool has_ended = false;  // the attempt: nothing comes after the part that is not there yet
};
// At most 256 KiB from byte `offset` on, negative: from the end; of the newest attempt for 0.
// FailedPrecondition for a network, NotFound for an attempt that the run has not.
absl::StatusOr<CommandOutput> ReadCommandOutput(const RunQueue& queue, const RunFolders& folders,
                                                const std::string& run_id, int64_t attempt,
                                                int64_t offset);

}  // namespace powerdown
