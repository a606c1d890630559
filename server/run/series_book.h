// Curves of runs for GetSeries: pyramids of the runs asked for last, brought up to date from the
// store at each call; a short range of a long run is read from the store itself, to the point.
//
// Thread-safe. Holds at most kMostRuns runs of at most 13 MB each.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/run/run_series.h"
#include "server/store/store.h"

namespace powerdown {

struct SeriesRequest {
  std::string run_id;  // may be a prefix
  std::vector<Metric> metrics;
  double from_step = 0;
  double to_step = 0;  // 0: to the end
  int buckets = 1000;
};
struct MetricBuckets {
  Metric metric;
  std::vector<SeriesBucket> buckets;
};
struct SeriesAnswer {
  std::vector<MetricBuckets> series;
  int64_t revision = 0;  // all reports up to here are in it
};

class SeriesBook {
 public:
  static constexpr size_t kMostRuns = 4;
  explicit SeriesBook(Store* store) : store_(*store) {}

  absl::StatusOr<SeriesAnswer> Read(const SeriesRequest& request);

 private:
  struct Entry {
    std::string run_id;
    int64_t next_revision = 0;
    RunSeries series{SeriesPyramid::kMostBuckets};
  };
  Entry& Find(const std::string& run_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Refresh(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Store& store_;
  absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // asked for last, first
};

}  // namespace powerdown
