#include "server/run/long_curves.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "server/run/kept_curves.h"

namespace powerdown {
namespace {

// In revisions of all runs. A new run is found so late.
constexpr int64_t kLongestLook = KeptCurves::kReportsWorthKeeping / 4;

}  // namespace

absl::Status LongCurves::Keep(const std::string& run_id) {
  KeptCurves curves(run_id);
  RETURN_IF_ERROR(curves.Refresh(store_, KeptCurves::Haste::kAside, &is_stopped_));
  // Each report takes a revision: until then they cannot be worth keeping again.
  const int64_t newest = curves.next_revision() - 1;
  due_[run_id] = newest + KeptCurves::kReportsWorthKeeping - curves.unkept_reports();
  return absl::OkStatus();
}

absl::StatusOr<bool> LongCurves::KeepSome() {
  ASSIGN_OR_RETURN(const int64_t newest, store_.updates().NewestRevision());
  if (newest < next_look_) return false;
  ASSIGN_OR_RETURN(const std::vector<Run> running, store_.runs().ListInState(RunState::kRunning));
  std::map<std::string, int64_t> due;
  for (const Run& run : running) due[run.run_id] = due_[run.run_id];
  due_ = std::move(due);
  for (const auto& [run_id, revision] : due_) {
    if (revision > newest) continue;
    RETURN_IF_ERROR(Keep(run_id));
    return true;
  }
  next_look_ = newest + kLongestLook;
  for (const auto& [run_id, revision] : due_) next_look_ = std::min(next_look_, revision);
  return false;
}

}  // namespace powerdown
