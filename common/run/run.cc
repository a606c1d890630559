#include "common/run/run.h"

#include <algorithm>

namespace powerdown {

int64_t RevisionOf(const RunUpdate& update) {
  return std::visit([](const auto& what) { return what.revision; }, update);
}

std::optional<Money> RentOf(const Run& run) {
  if (!run.started_at || !run.ended_at) return std::nullopt;
  return RentOf(std::max(*run.ended_at - *run.started_at, absl::ZeroDuration()), run.factors);
}

}  // namespace powerdown
