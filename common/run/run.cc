#include "common/run/run.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr std::string_view kStateNames[] = {"queued",   "running", "paused",   "stopped",
                                            "finished", "failed",  "cancelled"};

}  // namespace

std::string_view RunStateName(RunState state) {
  return kStateNames[static_cast<size_t>(state)];
}

absl::StatusOr<RunState> ParseRunState(std::string_view text) {
  for (size_t i = 0; i < std::size(kStateNames); ++i) {
    if (text == kStateNames[i]) return static_cast<RunState>(i);
  }
  return absl::InvalidArgumentError(Concat(
      "state: ", Quoted(text), NotKnown(text, {std::begin(kStateNames), std::end(kStateNames)})));
}

std::string_view ComparisonModeName(ComparisonMode mode) {
  return mode == ComparisonMode::kShared ? "shared" : "parallel";
}

absl::StatusOr<ComparisonMode> ParseComparisonMode(std::string_view text) {
  for (const ComparisonMode mode : {ComparisonMode::kShared, ComparisonMode::kParallel}) {
    if (text == ComparisonModeName(mode)) return mode;
  }
  return absl::InvalidArgumentError(
      Concat("comparison mode ", Quoted(text), " is not known to this program; update it"));
}

int64_t RevisionOf(const RunUpdate& update) {
  return std::visit([](const auto& what) { return what.revision; }, update);
}

std::optional<Money> RentOf(const Run& run) {
  if (!run.started_at || !run.ended_at) return std::nullopt;
  return RentOf(std::max(*run.ended_at - *run.started_at, absl::ZeroDuration()), run.factors);
}

}  // namespace powerdown
