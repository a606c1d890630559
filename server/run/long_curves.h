// Keeps the curves of runs that go on in the store as their reports come in, so that whoever asks
// for them, also after a restart, waits for few reports to be read. For one thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/store.h"

namespace powerdown {

class LongCurves {
 public:
  explicit LongCurves(Store* store) : store_(*store) {}

  // Brings one run's curves up to date whose reports may have become too many since, and returns
  // whether there was one.
  absl::StatusOr<bool> KeepSome();
  // From any thread: KeepSome returns Cancelled within some ten milliseconds.
  void Stop() { is_stopped_ = true; }

 private:
  absl::Status Keep(const std::string& run_id);

  Store& store_;
  std::map<std::string, int64_t> due_;  // by run: not worth a look before this revision
  int64_t next_look_ = 0;               // the same of all runs
  std::atomic<bool> is_stopped_ = false;
};

}  // namespace powerdown
