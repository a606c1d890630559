#include "common/run_from_json.h"

#include "common/ids.h"
#include "common/json_reader.h"
#include "common/status.h"
#include "common/text.h"
#include "common/wording.h"

namespace powerdown {
namespace {

absl::Time ReadTime(JsonReader& reader, std::string_view key) {
  const std::string text = reader.Text(key);
  absl::Time time;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &problem)) {
    reader.Fail(Concat(Quoted(key), " is not a time of RFC 3339"));
  }
  return time;
}

bool Has(const Json& json, const char* key) {
  return json.is_object() && json.contains(key) && !json[key].is_null();
}

std::optional<absl::Time> OptionalTime(const Json& json, JsonReader& reader, const char* key) {
  if (!Has(json, key)) return std::nullopt;
  return ReadTime(reader, key);
}

std::optional<int64_t> OptionalWhole(const Json& json, JsonReader& reader, const char* key) {
  if (!Has(json, key)) return std::nullopt;
  return reader.Whole(key);
}

template <typename Unit>
std::optional<Unit> OptionalQuantity(JsonReader& reader, std::string_view key) {
  const std::optional<double> value = reader.OptionalReal(key);
  return value ? std::make_optional(Unit(*value)) : std::nullopt;
}

std::vector<std::string> ReadTexts(const Json& json, const char* key) {
  std::vector<std::string> texts;
  if (!Has(json, key)) return texts;
  for (const Json& text : json[key]) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

absl::StatusOr<Attempt> AttemptFromJson(const Json& json) {
  JsonReader reader(json);
  Attempt attempt;
  attempt.attempt = reader.Whole("attempt");
  attempt.first_step = reader.Whole("first_step");
  attempt.last_step = reader.Whole("last_step");
  attempt.started_at = ReadTime(reader, "started_at");
  attempt.ended_at = OptionalTime(json, reader, "ended_at");
  attempt.outcome = reader.TextOr("outcome", "");
  attempt.reason = reader.TextOr("reason", "");
  RETURN_IF_ERROR(reader.status());
  return attempt;
}

absl::Status ReadProgress(const Json& json, JsonReader& reader, Run& run) {
  run.device = reader.TextOr("device", "");
  run.hardware = reader.TextOr("hardware", "");
  run.steps = reader.Whole("steps");
  run.max_steps = reader.Whole("max_steps");
  run.train_accuracy = reader.OptionalReal("train_accuracy");
  run.validation_accuracy = reader.OptionalReal("validation_accuracy");
  run.memorised_step = OptionalWhole(json, reader, "memorised_step");
  run.grok_step = OptionalWhole(json, reader, "grok_step");
  if (Has(json, "stop")) {
    JsonReader stop(json["stop"]);
    run.stop = StopOutcome{stop.Whole("step"), stop.Text("reason"), stop.Text("mode")};
    RETURN_IF_ERROR(stop.status());
  }
  run.created_at = ReadTime(reader, "created_at");
  run.started_at = OptionalTime(json, reader, "started_at");
  run.ended_at = OptionalTime(json, reader, "ended_at");
  return reader.status();
}

absl::Status ReadSpec(const Json& json, Run& run) {
  if (!Has(json, "spec")) {
    run.spec.task = kUnknownTask;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(run.spec,
                   SpecFromJson(json["spec"].dump(-1, ' ', false, Json::error_handler_t::replace)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Forecast> ForecastFromJson(const Json& json) {
  JsonReader reader(json);
  Forecast forecast;
  forecast.made_at_step = reader.Whole("made_at_step");
  forecast.grok_step = OptionalWhole(json, reader, "grok_step");
  forecast.will_grok_probability = reader.OptionalReal("will_grok_probability");
  forecast.model = reader.TextOr("model", "");
  forecast.is_unfamiliar = reader.FlagOr("is_unfamiliar", false);
  forecast.leans_on = ReadTexts(json, "leans_on");
  if (Has(json, "bands")) {
    for (const Json& band : json["bands"]) {
      JsonReader fields(band);
      forecast.bands.push_back({fields.Real("confidence"), fields.Whole("low_step"),
                                OptionalWhole(band, fields, "high_step")});
      RETURN_IF_ERROR(fields.status());
    }
  }
  RETURN_IF_ERROR(reader.status());
  return forecast;
}

absl::StatusOr<Run> RunFromJson(const Json& json) {
  JsonReader reader(json);
  Run run;
  run.run_id = reader.TextOr("run_id", "");
  run.name = reader.TextOr("name", "");
  run.owner = reader.TextOr("owner", "");
  run.origin = reader.TextOr("origin", "");
  run.notes = reader.TextOr("notes", "");
  run.state_reason = reader.TextOr("state_reason", "");
  run.predictor = reader.TextOr("predictor", "");
  run.grok_multiple = reader.OptionalReal("grok_multiple");
  run.tags = ReadTexts(json, "tags");
  const std::string state = reader.Text("state");
  const std::string auto_stop = reader.TextOr("auto_stop", "on");
  const std::string abandon = reader.TextOr("abandon", "off");
  RETURN_IF_ERROR(reader.status());
  if (!run.run_id.empty() && !IsIdPrefix(run.run_id)) {
    return absl::InvalidArgumentError(Concat("run_id: ", Quoted(run.run_id), " is no id"));
  }
  ASSIGN_OR_RETURN(run.state, ParseRunState(state));
  ASSIGN_OR_RETURN(run.auto_stop, ParseAutoStop(auto_stop));
  ASSIGN_OR_RETURN(run.abandon, ParseAutoStop(abandon));
  RETURN_IF_ERROR(ReadSpec(json, run));
  RETURN_IF_ERROR(ReadProgress(json, reader, run));
  if (Has(json, "forecast")) {
    ASSIGN_OR_RETURN(run.forecast, ForecastFromJson(json["forecast"]));
  }
  if (!Has(json, "attempts")) return run;
  for (const Json& attempt : json["attempts"]) {
    ASSIGN_OR_RETURN(run.attempts.emplace_back(), AttemptFromJson(attempt));
  }
  return run;
}

absl::StatusOr<StepReport> ReportFromJson(const Json& json) {
  JsonReader reader(json);
  StepReport report;
  report.attempt = reader.Whole("attempt");
  report.time = ReadTime(reader, "time");
  Evaluation& evaluation = report.evaluation;
  evaluation.step = reader.Whole("step");
  evaluation.train_loss = reader.Real("train_loss");
  evaluation.train_accuracy = reader.Real("train_accuracy");
  evaluation.validation_loss = reader.Real("validation_loss");
  evaluation.validation_accuracy = reader.Real("validation_accuracy");
  report.gradient_norm = reader.Real("gradient_norm");
  report.weight_norm = reader.Real("weight_norm");
  report.activation_sparsity = reader.Real("activation_sparsity");
  report.power = OptionalQuantity<Watts>(reader, "power_watts");
  report.energy = OptionalQuantity<Joules>(reader, "energy_joules");
  RETURN_IF_ERROR(reader.status());
  return report;
}

absl::StatusOr<RunEvent> EventFromJson(const Json& json) {
  JsonReader reader(json);
  RunEvent event;
  event.attempt = OptionalWhole(json, reader, "attempt").value_or(0);
  event.time = ReadTime(reader, "time");
  event.kind = reader.Text("event");
  event.step = OptionalWhole(json, reader, "step");
  event.message = reader.TextOr("message", "");
  if (Has(json, "details")) event.details_json = json["details"].dump();
  RETURN_IF_ERROR(reader.status());
  return event;
}

Json LedgerJson(const LedgerInterval& interval) {
  Json json = {{"device", interval.device},
               {"consumer", interval.consumer},
               {"start_us", absl::ToInt64Microseconds(interval.start)},
               {"end_us", absl::ToInt64Microseconds(interval.end)},
               {"joules", NumberJson(interval.joules.value())},
               {"low_joules", NumberJson(interval.low.value())},
               {"high_joules", NumberJson(interval.high.value())},
               {"source", interval.source},
               {"coverage", NumberJson(interval.coverage)},
               {"variance", NumberJson(interval.variance)}};
  const auto put = [&](const char* key, const auto& value) {
    if (value) json[key] = NumberJson(value->value());
  };
  put("net_joules", interval.net);
  put("baseline_watts", interval.baseline);
  put("net_low_joules", interval.net_low);
  put("net_high_joules", interval.net_high);
  return json;
}

absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json) {
  JsonReader reader(json);
  LedgerInterval interval;
  interval.device = reader.Text("device");
  interval.consumer = reader.Text("consumer");
  interval.start = absl::Microseconds(reader.Whole("start_us"));
  interval.end = absl::Microseconds(reader.Whole("end_us"));
  interval.joules = Joules(reader.Real("joules"));
  interval.low = Joules(reader.Real("low_joules"));
  interval.high = Joules(reader.Real("high_joules"));
  interval.source = reader.Text("source");
  interval.coverage = reader.Real("coverage");
  interval.variance = reader.Real("variance");
  interval.net = OptionalQuantity<Joules>(reader, "net_joules");
  interval.baseline = OptionalQuantity<Watts>(reader, "baseline_watts");
  interval.net_low = OptionalQuantity<Joules>(reader, "net_low_joules");
  interval.net_high = OptionalQuantity<Joules>(reader, "net_high_joules");
  RETURN_IF_ERROR(reader.status());
  return interval;
}

}  // namespace powerdown
