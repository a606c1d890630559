#include "server/run/kept_curves.h"

#include <utility>
#include <vector>

#include "common/base/status.h"

namespace powerdown {
namespace {

// Some tens of milliseconds of the connection for long reads.
constexpr int64_t kPointsPerRead = 65536;
constexpr int64_t kUpdatesPerRead = 4096;

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

absl::Status KeptCurves::ReadPoints(Store& store, const std::atomic<bool>* is_stopped) {
  for (int64_t read = kPointsPerRead; read == kPointsPerRead;) {
    if (is_stopped != nullptr && *is_stopped) return absl::CancelledError("the daemon ends");
    read = 0;
    ASSIGN_OR_RETURN(const std::optional<int64_t> last,
                     store.updates().ForEachPoint(run_id_, next_revision_, kPointsPerRead,
                                                  [&](const StepReport& report) {
                                                    series_.Apply(report);
                                                    ++read;
                                                  }));
    unkept_reports_ += read;
    if (last) next_revision_ = *last + 1;
  }
  return absl::OkStatus();
}

// What came since, events too: they count in the revision.
absl::Status KeptCurves::ReadLast(Store& store) {
  for (;;) {
    ASSIGN_OR_RETURN(const std::vector<RunUpdate> updates,
                     store.updates().Read(run_id_, next_revision_, kUpdatesPerRead));
    for (const RunUpdate& update : updates) {
      if (const auto* report = std::get_if<StepReport>(&update)) {
        series_.Apply(*report);
        ++unkept_reports_;
      }
      next_revision_ = RevisionOf(update) + 1;
    }
    if (static_cast<int64_t>(updates.size()) < kUpdatesPerRead) return absl::OkStatus();
  }
}

absl::Status KeptCurves::Keep(Store& store) {
  if (unkept_reports_ < kReportsWorthKeeping) return absl::OkStatus();
  unkept_reports_ = 0;
  ASSIGN_OR_RETURN(std::string content, series_.ToBytes());
  return store.series().Put(run_id_, {next_revision_, std::move(content)});
}

absl::Status KeptCurves::Refresh(Store& store, const std::atomic<bool>* is_stopped) {
  if (!is_loaded_) {
    RETURN_IF_ERROR(Load(store));
    RETURN_IF_ERROR(ReadPoints(store, is_stopped));
  }
  RETURN_IF_ERROR(ReadLast(store));
  Keep(store).IgnoreError();  // a full disk keeps nobody from reading
  return absl::OkStatus();
}

}  // namespace powerdown
