#include "server/run/series_book.h"

#include <algorithm>
#include <limits>

#include "common/base/status.h"
#include "common/run/run_series.h"

namespace powerdown {
namespace {

// A range of at most this many points is read from the store rather than from merged buckets.
constexpr int64_t kMostPointsToRead = 65536;

std::vector<SeriesBucket> BucketsOf(const SeriesPyramid& curve, double from, double to,
                                    int buckets) {
  std::vector<SeriesBucket> result = curve.Buckets(from, to);
  if (static_cast<int>(result.size()) <= buckets) return result;
  result.clear();
  const double end = std::min(to, curve.last_x());
  for (const SeriesColumn& column : curve.Columns(std::max(from, curve.first_x()), end, buckets)) {
    result.push_back(column.bucket);
  }
  return result;
}

SeriesAnswer AnswerFrom(const RunSeries& series, const SeriesRequest& request, double to) {
  SeriesAnswer answer;
  for (const Metric metric : request.metrics) {
    answer.series.push_back(
        {metric, BucketsOf(series.curve(metric), request.from_step, to, request.buckets)});
  }
  return answer;
}

}  // namespace

std::shared_ptr<SeriesBook::Entry> SeriesBook::Find(const std::string& run_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const NamedEntry& entry) { return entry.run_id == run_id; });
  if (found != entries_.end()) {
    entries_.splice(entries_.begin(), entries_, found);
  } else {
    entries_.push_front({run_id, std::make_shared<Entry>(run_id)});
    if (entries_.size() > kMostRuns) entries_.pop_back();
  }
  return entries_.front().entry;
}

absl::StatusOr<SeriesAnswer> SeriesBook::Read(const SeriesRequest& request) {
  ASSIGN_OR_RETURN(const std::string run_id, store_.runs().ResolveId(request.run_id));
  const double to = request.to_step > 0 ? request.to_step : std::numeric_limits<double>::max();
  const std::shared_ptr<Entry> entry = Find(run_id);
  absl::MutexLock lock(&entry->mutex);
  KeptCurves& curves = entry->curves;
  RETURN_IF_ERROR(curves.Refresh(store_, KeptCurves::Haste::kWaitedFor));
  const SeriesPyramid& seconds = curves.series().curve(Metric::kSeconds);
  const bool is_merged = seconds.points_per_bucket() > 1;
  const int64_t points = is_merged ? seconds.Total(request.from_step, to).points : 0;
  if (!is_merged || points > kMostPointsToRead) {
    SeriesAnswer answer = AnswerFrom(curves.series(), request, to);
    answer.revision = curves.next_revision() - 1;
    return answer;
  }
  ASSIGN_OR_RETURN(
      const std::vector<StepReport> reports,
      store_.updates().ReadReportsOfSteps(run_id, static_cast<int64_t>(request.from_step),
                                          static_cast<int64_t>(std::min(to, 9e15))));
  RunSeries exact(kMostPointsToRead * 2);
  for (const StepReport& report : reports) exact.Apply(report);
  SeriesAnswer answer = AnswerFrom(exact, request, to);
  answer.revision = curves.next_revision() - 1;
  return answer;
}

}  // namespace powerdown
