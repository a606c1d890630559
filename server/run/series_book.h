// Curves of runs for GetSeries: pyramids of the runs asked for last, brought up to date from the
// store at each call; a short range of a long run is read from the store itself, to the point.
//
// Thread-safe: calls for one run take turns, those for others do not wait for them. Holds at most
// kMostRuns runs of at most 13 MB each, and one more for each call under way.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "server/run/kept_curves.h"
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
    explicit Entry(const std::string& run_id) : curves(run_id) {}
    absl::Mutex mutex;
    KeptCurves curves ABSL_GUARDED_BY(mutex);
  };
  struct NamedEntry {
    std::string run_id;
    std::shared_ptr<Entry> entry;  // also of the calls that read it
  };
  std::shared_ptr<Entry> Find(const std::string& run_id);

  Store& store_;
  absl::Mutex mutex_;                                      // never held while the store is read
  std::list<NamedEntry> entries_ ABSL_GUARDED_BY(mutex_);  // asked for last, first
};

}  // namespace powerdown
