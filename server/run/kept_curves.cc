#include "server/run/kept_curves.h"

#include <algorithm>
#include <span>
#include <utility>

#include "common/base/status.h"

namespace powerdown {
namespace {

// Of one call; more would keep more than two cores busy.
constexpr size_t kReadersAtOnce = 2;

}  // namespace

absl::Status KeptCurves::Load(Store& store) {
  ASSIGN_OR_RETURN(const std::optional<KeptSeries> kept, store.series().Find(run_id_));
  is_loaded_ = true;
  if (!kept) return absl::OkStatus();
  absl::StatusOr<RunSeries> series = RunSeries::FromBytes(kept->content);
  if (!series.ok()) return absl::OkStatus();  // of another version: made from the reports again
  series_ = *std::move(series);
  next_revision_ = kept->next_revision;
  return absl::OkStatus();
}

absl::Status KeptCurves::ReadNew(Store& store, Haste haste, const std::atomic<bool>* is_stopped) {
  // Whatever was committed up to here is read below.
  ASSIGN_OR_RETURN(const int64_t newest, store.updates().NewestRevision());
  if (newest < next_revision_) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<int64_t> last,
                   store.updates().ForEachSlice(
                       run_id_, next_revision_, haste == Haste::kWaitedFor ? kReadersAtOnce : 1,
                       is_stopped, [&](std::span<const ReportPoint> points) {
                         series_.Apply(points);
                         unkept_reports_ += static_cast<int64_t>(points.size());
                       }));
  next_revision_ = std::max(newest, last.value_or(0)) + 1;
  return absl::OkStatus();
}

absl::Status KeptCurves::Keep(Store& store) {
  if (unkept_reports_ < kReportsWorthKeeping) return absl::OkStatus();
  unkept_reports_ = 0;
  ASSIGN_OR_RETURN(std::string content, series_.ToBytes());
  return store.series().Put(run_id_, {next_revision_, std::move(content)});
}

absl::Status KeptCurves::Refresh(Store& store, Haste haste, const std::atomic<bool>* is_stopped) {
  if (!is_loaded_) RETURN_IF_ERROR(Load(store));
  RETURN_IF_ERROR(ReadNew(store, haste, is_stopped));
  Keep(store).IgnoreError();  // a full disk keeps nobody from reading
  return absl::OkStatus();
}

}  // namespace powerdown
