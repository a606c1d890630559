// Makes a run's events, and words its state. Pure.
#pragma once

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

}  // namespace powerdown
