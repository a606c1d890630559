// The streams of a Connection beside WatchRun, and the series that go with them.
#include "client/connection/connection.h"
#include "client/connection/stubs.h"
#include "common/base/status.h"
#include "proto/convert.h"

namespace powerdown {
absl::Status Connection::WatchRuns(int64_t start_revision,
                                   const std::function<bool(const RunsUpdate&)>& on_update) {
  v1::WatchRunsRequest request;
  request.set_start_revision(start_revision);
  return stubs_->ReadStream(*stubs_->runs_, &v1::RunService::Stub::WatchRuns, request,
                            [&](const v1::WatchRunsResponse& message) {
                              RunsUpdate update{.has_all = message.has_all(),
                                                .progress_revision = message.progress_revision()};
                              for (const v1::Run& wire : message.runs()) {
                                // A run of a kind that only a newer program knows is left out.
                                absl::StatusOr<Run> run = powerdown::FromWire(wire);
                                if (run.ok()) update.runs.push_back(*std::move(run));
                              }
                              return on_update(update);
                            });
}

absl::StatusOr<Connection::SeriesPart> Connection::GetSeries(const std::string& run_id, double from,
                                                             double to, int buckets) {
  v1::GetSeriesRequest request;
  request.set_run_id(run_id);
  request.set_from_step(from);
  request.set_to_step(to);
  request.set_buckets(buckets);
  v1::GetSeriesResponse wire;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->runs_, &v1::RunService::Stub::GetSeries, request, &wire));
  SeriesPart part{.progress_revision = wire.progress_revision()};
  for (const v1::Series& series : wire.series()) {
    const MetricDescription* metric = FindMetric(series.metric());
    if (metric != nullptr) {
      part.series.emplace_back(metric->metric, powerdown::FromWire(series));
    }
  }
  return part;
}

absl::StatusOr<std::vector<Comparison>> Connection::ListComparisons(int64_t limit) {
  v1::ListComparisonsRequest request;
  request.set_page_size(static_cast<int32_t>(limit));
  v1::ListComparisonsResponse wire;
  RETURN_IF_ERROR(stubs_->Call(*stubs_->comparisons_, &v1::ComparisonService::Stub::ListComparisons,
                               request, &wire));
  std::vector<Comparison> comparisons;
  for (const v1::Comparison& comparison : wire.comparisons()) {
    ASSIGN_OR_RETURN(comparisons.emplace_back(), powerdown::FromWire(comparison));
  }
  return comparisons;
}

}  // namespace powerdown
