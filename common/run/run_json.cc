// Both directions of the JSON of runs, from the lists in common/run/run_fields.h.
#include "common/run/run_json.h"

#include <cmath>
#include <limits>

#include "common/base/fields_json.h"
#include "common/base/ids.h"
#include "common/run/run_fields.h"
#include "common/run/run_json_reading.h"

namespace powerdown {

Json ToJson(const RunSpec& spec) {
  return SpecJson(spec);
}

absl::Status FromJson(const Json& json, RunSpec& spec) {
  absl::StatusOr<RunSpec> read = SpecFromObject(json);
  if (read.ok()) spec = *std::move(read);
  return read.status();
}

bool IsEmpty(const RunSpec& spec) {
  return spec.task == kUnknownTask;
}

void FinishJson(const EnergyFigure& energy, Json& json) {
  if (energy.source == kImportedSource) json["low_joules"] = json["high_joules"] = nullptr;
}

void FinishReading(JsonReader& reader, EnergyFigure& energy) {
  if (!reader.Has("low_joules")) energy.low = energy.gross;
  if (!reader.Has("high_joules")) energy.high = energy.gross;
}

void FinishReading(JsonReader& reader, Run& run) {
  if (!run.run_id.empty() && !IsIdPrefix(run.run_id)) {
    reader.Fail(Concat("run_id: ", Quoted(run.run_id), " is not an id"));
  }
  if (!reader.Has("spec")) run.spec.task = kUnknownTask;
}

// Of a log that tells no times, but how long it has run.
void PutElapsed(absl::Time time, Json& json) {
  if (HasTime(time)) return;
  json.erase("time");
  const absl::Duration elapsed = time - absl::UnixEpoch();
  if (elapsed > absl::ZeroDuration()) json["elapsed_seconds"] = absl::ToDoubleSeconds(elapsed);
}
void ReadElapsed(JsonReader& reader, absl::Time& time) {
  const std::optional<double> elapsed = reader.OptionalReal("elapsed_seconds");
  if (!elapsed) return;
  if (HasTime(absl::UnixEpoch() + absl::Seconds(*elapsed))) {
    return reader.Fail(Concat("elapsed_seconds: value is ", *elapsed, "; allowed: 0 to a year"));
  }
  time = absl::UnixEpoch() + absl::Microseconds(std::llround(*elapsed * 1e6));
}

void FinishJson(const StepReport& report, Json& json) {
  PutElapsed(report.time, json);
}

void FinishJson(const RunEvent& event, Json& json) {
  PutElapsed(event.time, json);
}

void FinishReading(JsonReader& reader, RunEvent& event) {
  ReadElapsed(reader, event.time);
}

void FinishReading(JsonReader& reader, StepReport& report) {
  constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
  const auto read = [&](std::string_view name, double& accuracy) {
    if (!reader.Has(name)) {
      accuracy = kNotMeasured;
    } else if (std::isnan(accuracy)) {
      reader.Fail(Concat(name, ": value is NaN; allowed: a fraction, 0 to 1, or nothing"));
    }
  };
  read("train_accuracy", report.evaluation.train_accuracy);
  read("validation_accuracy", report.evaluation.validation_accuracy);
  ForEachMember<StepReport>([&]<typename Entry>(const Entry& entry) {
    if constexpr ((Entry::kTraits & kNanIsNull) != 0) {
      if (!reader.Has(entry.name)) entry.Of(report).reset();
    }
  });
  ReadElapsed(reader, report.time);
}

// Recordings from before the field are of comparisons that had ended.
void FinishReading(JsonReader& reader, Comparison& comparison) {
  if (!reader.Has("has_ended")) comparison.has_ended = true;
}

Json EnergyJson(const EnergyFigure& energy) {
  return ObjectJson(energy);
}

Json RunJson(const Run& run) {
  return ObjectJson(run);
}

Json ReportJson(const StepReport& report) {
  return ObjectJson(report);
}

Json EventJson(const RunEvent& event) {
  return ObjectJson(event);
}

Json UpdateJson(const RunUpdate& update) {
  return std::visit([](const auto& what) { return ObjectJson(what); }, update);
}

Json ComparisonJson(const Comparison& comparison) {
  return ObjectJson(comparison);
}

Json FleetJson(const FleetRow& row) {
  return ObjectJson(row);
}

Json ForecastJson(const Forecast& forecast) {
  return ObjectJson(forecast);
}

Json QuizAnswerJson(const QuizAnswer& answer) {
  return ObjectJson(answer);
}

Json QuizJson(const QuizResult& result) {
  return ObjectJson(result);
}

Json GridJson(const AnswerGrid& grid) {
  return ObjectJson(grid);
}

Json LedgerJson(const LedgerInterval& interval) {
  return ObjectJson(interval);
}

std::string CommandToJson(const CommandSpec& command) {
  return JsonText(ObjectJson(command));
}

absl::StatusOr<CommandSpec> CommandFromJson(std::string_view json) {
  const absl::StatusOr<Json> object = ParseJsonObject(json);
  if (!object.ok()) return absl::InvalidArgumentError("command: is not a JSON object");
  return ReadObject<CommandSpec>(*object);
}

std::string TextsToJson(const std::vector<std::string>& texts) {
  return texts.empty() ? "" : JsonText(ToJson(texts));
}

absl::StatusOr<std::vector<std::string>> TextsFromJson(std::string_view json) {
  const absl::StatusOr<Json> array = ParseJson(json);
  if (!array.ok() || !array->is_array()) {
    return absl::InvalidArgumentError("is not a JSON list of texts");
  }
  std::vector<std::string> texts;
  for (const Json& item : *array) {
    if (!item.is_string()) return absl::InvalidArgumentError("has an item that is not text");
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

absl::StatusOr<Run> RunFromJson(const Json& json) {
  return ReadObject<Run>(json);
}

absl::StatusOr<Forecast> ForecastFromJson(const Json& json) {
  return ReadObject<Forecast>(json);
}

absl::StatusOr<StepReport> ReportFromJson(const Json& json) {
  return ReadObject<StepReport>(json);
}

absl::StatusOr<RunEvent> EventFromJson(const Json& json) {
  return ReadObject<RunEvent>(json);
}

absl::StatusOr<RunUpdate> UpdateFromJson(const Json& json) {
  if (json.contains("event")) return EventFromJson(json);
  return ReportFromJson(json);
}

absl::StatusOr<Comparison> ComparisonFromJson(const Json& json) {
  return ReadObject<Comparison>(json);
}

absl::StatusOr<QuizResult> QuizFromJson(const Json& json) {
  return ReadObject<QuizResult>(json);
}

absl::StatusOr<AnswerGrid> GridFromJson(const Json& json) {
  return ReadObject<AnswerGrid>(json);
}

absl::StatusOr<LedgerInterval> LedgerFromJson(const Json& json) {
  return ReadObject<LedgerInterval>(json);
}

}  // namespace powerdown
