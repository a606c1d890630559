// The runs that are shipped with the program, taken into a store that does not have them yet. For
// one thread, the daemon's loop: a few runs a tick, so that serving begins at once and a box with
// work to do hardly notices.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/run/run_bundle.h"
#include "server/run/run_queue.h"
#include "server/store/store.h"

namespace powerdown {

class RecordedRuns {
 public:
  // Reads the bundles in `folder`, and held_out.jsonl with what was forecast of their runs. A
  // folder that is not there holds none.
  RecordedRuns(const std::string& folder, RunQueue* queue, Store* store);
  // Takes in the next runs of a bundle that the store does not have, in one transaction. An error
  // names the file or the run, which is left out.
  absl::Status Tick();
  bool has_more() const { return !files_.empty() || !waiting_.empty(); }

 private:
  void ReadForecasts(const std::string& path);
  absl::Status OpenNextFile();
  absl::Status NoteTaken() const;

  std::vector<std::string> files_;   // the last is next
  std::string file_;                 // the one that is open
  std::string hash_;                 // of its bytes
  std::string text_;                 // its content
  bool is_sound_ = true;             // nothing of it was left out
  std::vector<BundledRun> waiting_;  // of text_, not in the store; the last is next
  std::map<std::string, std::vector<Forecast>> forecasts_;  // by run id
  absl::Status unreadable_;                                 // forecasts: told by the next tick
  RunQueue* const queue_;
  Store* const store_;
};

}  // namespace powerdown
