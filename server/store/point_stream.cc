#include "server/store/point_stream.h"

#include <optional>
#include <utility>

#include "common/base/status.h"
#include "server/store/point_rows.h"

namespace powerdown {

absl::Status PointStream::Begin() {
  ASSIGN_OR_RETURN(
      const std::optional<int64_t> end,
      file_.ReadAside([&](DatabaseConnection& database) -> absl::StatusOr<std::optional<int64_t>> {
        return EndOfSlice(database, run_id_, next_, kPointsASlice);
      }));
  PointRange range{.run_id = run_id_, .first_revision = next_, .limit = kPointsASlice};
  if (end) range.end_revision = next_ = *end;
  has_begun_all_ = !end;
  // The last one is for Next itself, as are all where no thread is to be had.
  const std::launch how =
      readers_ > 1 && end ? std::launch::async | std::launch::deferred : std::launch::deferred;
  slices_.push_back(std::async(how, [this, range = std::move(range)] {
    return file_.ReadAside(
        [&](DatabaseConnection& database) -> Slice { return ReadPoints(database, range); });
  }));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ReportPoint>> PointStream::Next() {
  for (;;) {
    while (!has_begun_all_ && slices_.size() < readers_) RETURN_IF_ERROR(Begin());
    if (slices_.empty()) return std::vector<ReportPoint>();
    Slice slice = slices_.front().get();
    slices_.pop_front();
    if (!slice.ok() || !slice->empty()) return slice;
  }
}

}  // namespace powerdown
