// Makes a run's events, and words its state. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "common/run/run.h"

namespace powerdown {

RunEvent MakeEvent(const Run& run, int64_t attempt, EventKind kind, std::optional<int64_t> step,
                   const std::string& message, const std::string& details_json, absl::Time time);
// "state", with the state and its reason in the details.
RunEvent StateEvent(const Run& run, absl::Time time);
// "finished": the run has ended, in whichever way.
RunEvent FinishedEvent(const Run& run, absl::Time time);

// `now`, or `start` where the box's clock was set back meanwhile: nothing ends before it began.
inline absl::Time NotBefore(absl::Time now, absl::Time start) {
  return std::max(now, start);
}
// When the run began, for its end.
inline absl::Time BeginOf(const Run& run) {
  return run.started_at.value_or(run.created_at);
}

// A stop by hand at `step`. What the rule said before it stays: savings are counted from there.
void StopByUser(Run& run, int64_t step);
// The run goes on. A stop by hand is forgotten, so that the rule's can take its place; what the
// rule only observed stands.
void TakeBackStop(Run& run);

}  // namespace powerdown
