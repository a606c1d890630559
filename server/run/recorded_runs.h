// The runs that are shipped with the program, taken into a store that does not have them yet. For
// one thread, the daemon's loop: a few files a tick, so that serving begins at once and a box with
// work to do hardly notices.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/run/run_queue.h"
#include "server/store/store.h"

namespace powerdown {

class RecordedRuns {
 public:
  // Files are <run id>.jsonl.zst in `folder`, and held_out.jsonl with what was forecast of them; a
  // folder that is not there holds none.
  RecordedRuns(const std::string& folder, RunQueue* queue, Store* store);
  // Takes in the next file that the store does not have. An error names the file, which is left
  // out.
  absl::Status Tick();
  bool has_more() const { return !files_.empty(); }

 private:
  void ReadForecasts(const std::string& path);

  std::vector<std::string> files_;                          // the last is next
  std::map<std::string, std::vector<Forecast>> forecasts_;  // by run id
  absl::Status unreadable_;                                 // forecasts: told by the next tick
  RunQueue* const queue_;
  Store* const store_;
};

}  // namespace powerdown
