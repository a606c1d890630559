#include "common/forecast/held_out.h"

#include <algorithm>
#include <utility>

#include "common/base/json.h"
#include "common/base/lines.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/event_details.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

absl::StatusOr<HeldOutForecasts> HeldOutOfLine(std::string_view line) {
  ASSIGN_OR_RETURN(const Json json, ParseJsonObject(line));
  const auto run_id = json.find("run_id");
  const auto forecasts = json.find("forecasts");
  if (run_id == json.end() || !run_id->is_string() || forecasts == json.end()) {
    return absl::InvalidArgumentError("a line needs \"run_id\" and \"forecasts\"");
  }
  HeldOutForecasts held_out{.run_id = *run_id, .operation = json.value("operation", "")};
  for (const Json& forecast : *forecasts) {
    ASSIGN_OR_RETURN(held_out.forecasts.emplace_back(), ForecastFromJson(forecast));
  }
  return held_out;
}

int64_t StepOf(const RunUpdate& update) {
  if (const auto* report = std::get_if<StepReport>(&update)) return report->evaluation.step;
  return -1;
}

absl::Time TimeOf(const RunUpdate& update) {
  return std::visit([](const auto& known) { return known.time; }, update);
}

}  // namespace

Json HeldOutJson(const HeldOutForecasts& held_out) {
  Json forecasts = Json::array();
  for (Forecast forecast : held_out.forecasts) {
    forecast.leans_on.clear();
    forecasts.push_back(ForecastJson(forecast));
  }
  return {{"run_id", held_out.run_id},
          {"operation", held_out.operation},
          {"forecasts", std::move(forecasts)}};
}

absl::StatusOr<std::vector<HeldOutForecasts>> ParseHeldOut(std::string_view text) {
  std::vector<HeldOutForecasts> all;
  RETURN_IF_ERROR(ForEachLine(text, kHeldOutFile, [&](std::string_view line) -> absl::Status {
    ASSIGN_OR_RETURN(all.emplace_back(), HeldOutOfLine(line));
    return absl::OkStatus();
  }));
  return all;
}

void TellForecasts(const std::vector<Forecast>& forecasts, RunBundle& bundle) {
  for (const Forecast& forecast : forecasts) {
    // Behind the report that it was made from. One made before the run comes first.
    auto place =
        std::find_if(bundle.updates.begin(), bundle.updates.end(),
                     [&](const auto& update) { return StepOf(update) >= forecast.made_at_step; });
    if (forecast.made_at_step > 0 && place != bundle.updates.end()) ++place;
    RunEvent event;
    event.run_id = bundle.run.run_id;
    event.attempt = 1;
    event.time =
        place == bundle.updates.begin() ? bundle.run.created_at : TimeOf(*std::prev(place));
    event.kind = EventKind::kForecast;
    event.step = forecast.made_at_step;
    event.message = ForecastMessage(forecast);
    event.details_json = FormatDetails(forecast);
    bundle.updates.insert(place, std::move(event));
  }
}

}  // namespace powerdown
