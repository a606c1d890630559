#include "common/run/event_details.h"

#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string FormatDetails(const StateDetails& details) {
  Json json = {{"state", RunStateName(details.state)}};
  if (!details.reason.empty()) json["reason"] = details.reason;
  return Text(json);
}

std::string FormatDetails(const Forecast& forecast, std::optional<int64_t> stop_step) {
  Json json = ForecastJson(forecast);
  if (stop_step) json["stop_step"] = *stop_step;
  return Text(json);
}

std::string FormatDetails(const Checkpoint& checkpoint) {
  return Text({{"checkpoint_id", checkpoint.checkpoint_id},
               {"label", checkpoint.label},
               {"kind", checkpoint.kind},
               {"sha256", checkpoint.sha256}});
}

std::string FormatMilestoneDetails(int64_t known_at) {
  return Text({{"known_at", known_at}});
}

std::optional<StateDetails> StateDetailsOf(const RunEvent& event) {
  if (event.kind != EventKind::kState && event.kind != EventKind::kFinished) return std::nullopt;
  const Json json = Json::parse(event.details_json, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  JsonReader reader(json);
  const absl::StatusOr<RunState> state = ParseRunState(reader.Text("state"));
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
  return ForecastFromJson(Json::parse(details_json, nullptr, /*allow_exceptions=*/false));
}

}  // namespace powerdown
