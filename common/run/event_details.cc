#include "common/run/event_details.h"

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {

std::string FormatDetails(const StateDetails& details) {
  Json json = {{"state", NameOf(details.state)}};
  if (!details.reason.empty()) json["reason"] = details.reason;
  return JsonText(json);
}

std::string FormatDetails(const Forecast& forecast, std::optional<int64_t> stop_step) {
  Json json = ForecastJson(forecast);
  if (stop_step) json["stop_step"] = *stop_step;
  return JsonText(json);
}

std::string FormatDetails(const Checkpoint& checkpoint) {
  return JsonText({{"checkpoint_id", checkpoint.checkpoint_id},
                   {"label", checkpoint.label.name()},
                   {"kind", checkpoint.kind.name()},
                   {"sha256", checkpoint.sha256}});
}

std::string FormatMilestoneDetails(int64_t known_at) {
  return JsonText({{"known_at", known_at}});
}

std::optional<StateDetails> StateDetailsOf(const RunEvent& event) {
  if (event.kind != EventKind::kState && event.kind != EventKind::kFinished) return std::nullopt;
  const absl::StatusOr<Json> json = ParseJsonObject(event.details_json);
  if (!json.ok()) return std::nullopt;
  JsonReader reader(*json);
  const absl::StatusOr<RunState> state = ParseNamed<RunState>(reader.Text("state"));
  StateDetails details{state.value_or(RunState::kQueued), reader.TextOr("reason", "")};
  if (!state.ok() || !reader.status().ok()) return std::nullopt;
  return details;
}

std::optional<Forecast> ForecastDetailsOf(const RunEvent& event) {
  if (event.kind != EventKind::kForecast) return std::nullopt;
  const absl::StatusOr<Forecast> forecast = ReadForecastDetails(event.details_json);
  return forecast.ok() ? std::make_optional(*forecast) : std::nullopt;
}

absl::StatusOr<Forecast> ReadForecastDetails(std::string_view details_json) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(details_json));
  return ForecastFromJson(json);
}

}  // namespace powerdown
