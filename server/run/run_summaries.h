// Makes the summaries of runs that have ended, and the curves of long ones: a few at a time, beside
// the daemon's loop, as one of a long run takes seconds. For one thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/forecast/predictor.h"
#include "server/store/store.h"

namespace powerdown {

class RunSummaries {
 public:
  // So many runs share a transaction.
  static constexpr int64_t kRunsAStep = 32;

  // `weights`: the predictor's, as JSON; others make other summaries. The predictor may be null.
  RunSummaries(Store* store, std::shared_ptr<const Predictor> predictor,
               const std::string& weights);

  // Makes summaries that are due and returns whether there were any. An error is the store's; one
  // of a single run costs only that run its summary.
  absl::StatusOr<bool> MakeSome();
  // From any thread: MakeSome returns Cancelled within some milliseconds.
  void Stop() { is_stopped_ = true; }

 private:
  absl::StatusOr<RunSummary> Make(const std::string& run_id) const;

  Store* const store_;
  const std::shared_ptr<const Predictor> predictor_;
  const std::string made_with_;
  bool has_expired_ = false;
  std::atomic<bool> is_stopped_ = false;
};

}  // namespace powerdown
