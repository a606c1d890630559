// The details of a run's event as plain values, written to and read from RunEvent::details_json
// here and nowhere else. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/run/run.h"

namespace powerdown {

// Of "state" and "finished".
struct StateDetails {
  RunState state = RunState::kQueued;
  std::string reason;

  bool operator==(const StateDetails&) const = default;
};

std::string FormatDetails(const StateDetails& details);
std::string FormatDetails(const Forecast& forecast,  // of "forecast", "planned" and "abandon"
                          std::optional<int64_t> stop_step = std::nullopt);
std::string FormatDetails(const Checkpoint& checkpoint);  // of "checkpoint"
// Of "memorised" and "grokked": the evaluation that settled it.
std::string FormatMilestoneDetails(int64_t known_at);

// Nullopt where the event is of another kind, or its details are not readable.
std::optional<StateDetails> StateDetailsOf(const RunEvent& event);
std::optional<Forecast> ForecastDetailsOf(const RunEvent& event);  // of "forecast" alone
// The forecast in `details_json` of a "forecast" event.
absl::StatusOr<Forecast> ReadForecastDetails(std::string_view details_json);

}  // namespace powerdown
