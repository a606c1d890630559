// The curves of one run, brought up to date from the store, and kept there once they have cost much
// to make: so a restart reads millions of reports at most once. For one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/run/run_series.h"
#include "server/store/store.h"

namespace powerdown {

class KeptCurves {
 public:
  // Reading so many reports takes some hundredths of a second or more: worth keeping what comes of
  // it.
  static constexpr int64_t kReportsWorthKeeping = 1 << 16;

  explicit KeptCurves(std::string run_id) : run_id_(std::move(run_id)) {}

  // Reads what the store has kept, then the reports that came after: for somebody who waits, on
  // several threads. Cancelled once `is_stopped`, if it is given.
  enum class Haste { kAside, kWaitedFor };
  absl::Status Refresh(Store& store, Haste haste, const std::atomic<bool>* is_stopped = nullptr);

  const RunSeries& series() const { return series_; }
  // All updates before it are in the series.
  int64_t next_revision() const { return next_revision_; }
  // Those of it that the store has not kept.
  int64_t unkept_reports() const { return unkept_reports_; }

 private:
  absl::Status Load(Store& store);
  absl::Status ReadNew(Store& store, Haste haste, const std::atomic<bool>* is_stopped);
  absl::Status Keep(Store& store);

  const std::string run_id_;
  bool is_loaded_ = false;
  int64_t next_revision_ = 0;
  int64_t unkept_reports_ = 0;
  RunSeries series_{SeriesPyramid::kMostBuckets};
};

}  // namespace powerdown
