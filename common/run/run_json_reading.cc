#include "common/run/run_json_reading.h"

#include <type_traits>

#include "common/base/ids.h"
#include "common/base/json.h"
#include "common/base/json_reader.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

absl::Time TimeOf(JsonReader& reader, std::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, AbslView(text), &time, &error)) {
    reader.Fail(Concat("time: ", error));
  }
  return time;
}

std::optional<absl::Time> OptionalTime(JsonReader& reader, std::string_view key) {
  const std::string text = reader.TextOr(key, "");
  if (text.empty()) return std::nullopt;
  return TimeOf(reader, text);
}

std::optional<int64_t> OptionalWhole(JsonReader& reader, const Json& json, std::string_view key) {
  if (!json.contains(std::string(key))) return std::nullopt;
  return reader.Whole(key);
}

template <typename Quantity>
std::optional<Quantity> OptionalQuantity(JsonReader& reader, std::string_view key) {
  const std::optional<double> value = reader.OptionalReal(key);
  if (!value) return std::nullopt;
  return Quantity(*value);
}

// Reads an object that is a member; its first problem becomes the outer reader's.
template <typename Read>
auto Member(JsonReader& outer, const Json& json, std::string_view key, Read read)
    -> std::optional<std::invoke_result_t<Read, JsonReader&, const Json&>> {
  if (!json.contains(std::string(key))) return std::nullopt;
  const Json& object = outer.Object(key);
  if (!object.is_object()) return std::nullopt;
  JsonReader reader(object);
  auto value = read(reader, object);
  if (!reader.status().ok()) outer.Fail(Concat(key, ": ", reader.status().message()));
  return value;
}

template <typename T, typename Read>
std::vector<T> Items(JsonReader& outer, const Json& json, std::string_view key, Read read) {
  std::vector<T> items;
  if (!json.contains(std::string(key))) return items;
  for (const Json& object : outer.Array(key)) {
    JsonReader reader(object);
    items.push_back(read(reader, object));
    if (!reader.status().ok()) outer.Fail(Concat(key, ": ", reader.status().message()));
  }
  return items;
}

Money ReadMoney(JsonReader& reader, const Json&) {
  return {reader.Real("amount"), reader.Text("currency")};
}

EnergyFigure ReadEnergy(JsonReader& reader, const Json&) {
  const Joules gross(reader.Real("gross_joules"));
  return {.gross = gross,
          .net = OptionalQuantity<Joules>(reader, "net_joules"),
          .low = OptionalQuantity<Joules>(reader, "low_joules").value_or(gross),
          .high = OptionalQuantity<Joules>(reader, "high_joules").value_or(gross),
          .baseline = OptionalQuantity<Watts>(reader, "baseline_watts"),
          .source = reader.Text("source"),
          .coverage = reader.Real("coverage")};
}

FootprintFactors ReadFactors(JsonReader& outer, const Json& json) {
  FootprintFactors factors;
  const auto carbon = Member(outer, json, "carbon", [](JsonReader& reader, const Json&) {
    return CarbonFactor{reader.Text("region"), reader.Real("grams_per_kwh"),
                        static_cast<int>(reader.Whole("year")), reader.Text("source"),
                        reader.Flag("is_default")};
  });
  const auto price = Member(outer, json, "price", [](JsonReader& reader, const Json&) {
    return PriceFactor{reader.Real("per_kwh"), reader.Text("currency"),
                       static_cast<int>(reader.Whole("year")), reader.Text("source"),
                       reader.Flag("is_default")};
  });
  if (carbon) factors.carbon = *carbon;
  if (price) factors.price = *price;
  factors.pue = outer.Real("pue");
  return factors;
}

Attempt ReadAttempt(JsonReader& reader, const Json&) {
  return {.attempt = reader.Whole("attempt"),
          .first_step = reader.Whole("first_step"),
          .last_step = reader.Whole("last_step"),
          .started_at = TimeOf(reader, reader.Text("started_at")),
          .ended_at = OptionalTime(reader, "ended_at"),
          .outcome = Named<AttemptOutcome>::Parse(reader.TextOr("outcome", "")),
          .reason = reader.TextOr("reason", "")};
}

Checkpoint ReadCheckpoint(JsonReader& reader, const Json&) {
  return {.checkpoint_id = reader.Text("checkpoint_id"),
          .attempt = reader.Whole("attempt"),
          .step = reader.Whole("step"),
          .label = reader.TextOr("label", ""),
          .kind = reader.Text("kind"),
          .sha256 = reader.Text("sha256"),
          .bytes = reader.Whole("bytes")};
}

RunSpec ReadSpec(JsonReader& reader, std::string_view key) {
  absl::StatusOr<RunSpec> spec = SpecFromObject(reader.Object(key));
  if (spec.ok()) return *spec;
  reader.Fail(std::string(spec.status().message()));
  return RunSpec();
}

template <typename T>
T Checked(JsonReader& reader, const absl::StatusOr<T>& value, T otherwise) {
  if (value.ok()) return *value;
  reader.Fail(std::string(value.status().message()));
  return otherwise;
}

void ReadProgress(JsonReader& reader, const Json& json, Run& run) {
  run.steps = reader.Whole("steps");
  run.max_steps = reader.Whole("max_steps");
  run.train_accuracy = reader.OptionalReal("train_accuracy");
  run.validation_accuracy = reader.OptionalReal("validation_accuracy");
  run.memorised_step = OptionalWhole(reader, json, "memorised_step");
  run.grok_step = OptionalWhole(reader, json, "grok_step");
  run.stop = Member(reader, json, "stop", [](JsonReader& stop, const Json&) {
    return StopOutcome{stop.Whole("step"), Named<StopReason>::Parse(stop.Text("reason")),
                       Named<StopMode>::Parse(stop.Text("mode"))};
  });
  run.energy = Member(reader, json, "energy", ReadEnergy);
  run.co2 = OptionalQuantity<GramsCo2>(reader, "co2_grams");
  run.cost = Member(reader, json, "cost", ReadMoney);
}

std::vector<std::string> ReadTexts(JsonReader& reader, const Json& json, std::string_view key) {
  std::vector<std::string> texts;
  if (!json.contains(std::string(key))) return texts;
  for (const Json& text : reader.Array(key)) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

Forecast ReadForecast(JsonReader& reader, const Json& json) {
  return {.made_at_step = reader.Whole("made_at_step"),
          .grok_step = OptionalWhole(reader, json, "grok_step"),
          .bands = Items<ForecastBand>(reader, json, "bands",
                                       [](JsonReader& band, const Json& object) {
                                         return ForecastBand{
                                             band.Real("confidence"), band.Whole("low_step"),
                                             OptionalWhole(band, object, "high_step")};
                                       }),
          .will_grok_probability = reader.OptionalReal("will_grok_probability"),
          .model = reader.TextOr("model", ""),
          .is_unfamiliar = reader.FlagOr("is_unfamiliar", false),
          .leans_on = ReadTexts(reader, json, "leans_on")};
}

Run ReadRun(JsonReader& reader, const Json& json) {
  Run run;
  run.run_id = reader.TextOr("run_id", "");
  if (!run.run_id.empty() && !IsIdPrefix(run.run_id)) {
    reader.Fail(Concat("run_id: ", Quoted(run.run_id), " is no id"));
  }
  run.name = reader.TextOr("name", "");
  run.owner = reader.TextOr("owner", "");
  run.state = Checked(reader, ParseRunState(reader.Text("state")), RunState::kFailed);
  run.state_reason = reader.TextOr("state_reason", "");
  if (json.contains("spec")) {
    run.spec = ReadSpec(reader, "spec");
  } else {
    run.spec.task = kUnknownTask;
  }
  run.auto_stop = Checked(reader, ParseAutoStop(reader.TextOr("auto_stop", "on")), AutoStop::kOn);
  run.grok_multiple = reader.OptionalReal("grok_multiple");
  run.abandon = Checked(reader, ParseAutoStop(reader.TextOr("abandon", "off")), AutoStop::kOff);
  run.origin = reader.TextOr("origin", "");
  run.notes = reader.TextOr("notes", "");
  run.predictor = reader.TextOr("predictor", "");
  run.tags = ReadTexts(reader, json, "tags");
  run.forecast = Member(reader, json, "forecast", ReadForecast);
  run.device = reader.TextOr("device", "");
  run.hardware = reader.TextOr("hardware", "");
  ReadProgress(reader, json, run);
  if (const auto factors = Member(reader, json, "factors", ReadFactors)) run.factors = *factors;
  run.comparison_id = reader.TextOr("comparison_id", "");
  run.attempts = Items<Attempt>(reader, json, "attempts", ReadAttempt);
  run.checkpoints = Items<Checkpoint>(reader, json, "checkpoints", ReadCheckpoint);
  run.created_at = TimeOf(reader, reader.Text("created_at"));
  run.started_at = OptionalTime(reader, "started_at");
  run.ended_at = OptionalTime(reader, "ended_at");
  return run;
}

Saving ReadSaving(JsonReader& reader, const Json& json) {
  Saving saved{.gross = Joules(reader.Real("gross_joules")),
               .net = OptionalQuantity<Joules>(reader, "net_joules"),
               .low = Joules(reader.Real("low_joules")),
               .high = Joules(reader.Real("high_joules")),
               .share = reader.Real("share"),
               .co2 = GramsCo2(reader.Real("co2_grams"))};
  if (const auto cost = Member(reader, json, "cost", ReadMoney)) saved.cost = *cost;
  return saved;
}

Recut ReadRecut(JsonReader& reader, const Json&) {
  return {reader.Text("policy"), reader.Whole("max_steps"), reader.OptionalReal("share"),
          reader.FlagOr("is_extrapolated", false)};
}

FleetRow ReadFleetRow(JsonReader& reader, const Json& json) {
  FleetRow row{.runs_per_year = reader.Whole("runs_per_year"),
               .kwh = reader.Real("kwh"),
               .kwh_low = reader.Real("kwh_low"),
               .kwh_high = reader.Real("kwh_high"),
               .co2_kg = reader.Real("co2_kg")};
  if (const auto cost = Member(reader, json, "cost", ReadMoney)) row.cost = *cost;
  row.phone_charges = reader.Real("phone_charges");
  row.car_km = reader.Real("car_km");
  return row;
}

void ReadBudget(JsonReader& reader, const Json& json, Comparison& comparison) {
  Member(reader, json, "budget", [&](JsonReader& budget, const Json&) {
    comparison.budget_max_steps = budget.Whole("max_steps");
    comparison.budget_policy = budget.Text("policy");
    comparison.budget_source = budget.Text("source");
    return true;
  });
}

Comparison ReadComparison(JsonReader& reader, const Json& json) {
  Comparison comparison;
  comparison.comparison_id = reader.Text("comparison_id");
  comparison.mode = reader.TextOr("mode", "shared") == "parallel" ? ComparisonMode::kParallel
                                                                  : ComparisonMode::kShared;
  comparison.owner = reader.TextOr("owner", "");
  comparison.spec = ReadSpec(reader, "spec");
  ReadBudget(reader, json, comparison);
  if (auto usual = Member(reader, json, "usual", ReadRun)) comparison.usual = std::move(*usual);
  if (auto stopped = Member(reader, json, "stopped", ReadRun)) {
    comparison.stopped = std::move(*stopped);
  }
  comparison.has_ended = reader.FlagOr("has_ended", true);
  comparison.recuts = Items<Recut>(reader, json, "recuts", ReadRecut);
  comparison.naive_stop = Member(reader, json, "naive_stop", [](JsonReader& stop, const Json&) {
    return NaiveStop{stop.Text("rule"), stop.Whole("step"), stop.Real("accuracy")};
  });
  comparison.saved = Member(reader, json, "saved", ReadSaving);
  comparison.accuracy_change = reader.OptionalReal("accuracy_change");
  comparison.identical_prefix = reader.FlagOr("identical_prefix", false);
  comparison.fleet = Items<FleetRow>(reader, json, "fleet", ReadFleetRow);
  comparison.created_at = TimeOf(reader, reader.Text("created_at"));
  return comparison;
}

StepReport ReadReport(JsonReader& reader, const Json& json) {
  StepReport report;
  report.revision = OptionalWhole(reader, json, "revision").value_or(0);
  report.run_id = reader.TextOr("run_id", "");
  report.attempt = reader.Whole("attempt");
  report.time = TimeOf(reader, reader.Text("time"));
  report.evaluation = {.step = reader.Whole("step"),
                       .train_loss = reader.Real("train_loss"),
                       .train_accuracy = reader.Real("train_accuracy"),
                       .validation_loss = reader.Real("validation_loss"),
                       .validation_accuracy = reader.Real("validation_accuracy")};
  report.gradient_norm = reader.Real("gradient_norm");
  report.weight_norm = reader.Real("weight_norm");
  report.activation_sparsity = reader.Real("activation_sparsity");
  report.power = OptionalQuantity<Watts>(reader, "power_watts");
  report.energy = OptionalQuantity<Joules>(reader, "energy_joules");
  return report;
}

RunEvent ReadEvent(JsonReader& reader, const Json& json) {
  RunEvent event;
  event.revision = OptionalWhole(reader, json, "revision").value_or(0);
  event.run_id = reader.TextOr("run_id", "");
  event.attempt = OptionalWhole(reader, json, "attempt").value_or(0);
  event.time = TimeOf(reader, reader.Text("time"));
  event.kind = Named<EventKind>::Parse(reader.Text("event"));
  event.step = OptionalWhole(reader, json, "step");
  event.message = reader.TextOr("message", "");
  if (json.contains("details")) event.details_json = JsonText(json["details"]);
  return event;
}

QuizAnswer ReadAnswer(JsonReader& reader, const Json& json) {
  QuizAnswer answer;
  answer.question = reader.Text("question");
  for (const Json& symbol : reader.Array("asked")) {
    if (symbol.is_number_integer()) answer.asked.push_back(symbol.get<int32_t>());
  }
  answer.held_out = reader.Flag("held_out");
  answer.answer = reader.Whole("answer");
  answer.expected = reader.Whole("expected");
  answer.correct = reader.Flag("correct");
  answer.probability = reader.Real("probability");
  answer.top = Items<QuizAnswer::Candidate>(reader, json, "top", [](JsonReader& top, const Json&) {
    return QuizAnswer::Candidate{top.Whole("answer"), top.Real("probability")};
  });
  return answer;
}

template <typename T, typename Read>
absl::StatusOr<T> ReadWhole(const Json& json, Read read) {
  if (!json.is_object()) return absl::InvalidArgumentError("not a JSON object");
  JsonReader reader(json);
  T value = read(reader, json);
  if (!reader.status().ok()) return reader.status();
  return value;
}

}  // namespace

absl::StatusOr<Run> RunFromJson(const Json& json) {
  return ReadWhole<Run>(json, ReadRun);
}

absl::StatusOr<Forecast> ForecastFromJson(const Json& json) {
  return ReadWhole<Forecast>(json, ReadForecast);
}

absl::StatusOr<StepReport> ReportFromJson(const Json& json) {
  return ReadWhole<StepReport>(json, ReadReport);
}

absl::StatusOr<RunEvent> EventFromJson(const Json& json) {
  return ReadWhole<RunEvent>(json, ReadEvent);
}

absl::StatusOr<Comparison> ComparisonFromJson(const Json& json) {
  return ReadWhole<Comparison>(json, ReadComparison);
}

absl::StatusOr<RunUpdate> UpdateFromJson(const Json& json) {
  return ReadWhole<RunUpdate>(json, [](JsonReader& reader, const Json& object) -> RunUpdate {
    if (object.contains("event")) return ReadEvent(reader, object);
    return ReadReport(reader, object);
  });
}

absl::StatusOr<QuizResult> QuizFromJson(const Json& json) {
  return ReadWhole<QuizResult>(json, [](JsonReader& reader, const Json& object) {
    return QuizResult{.run_id = reader.Text("run_id"),
                      .at_step = reader.Whole("at_step"),
                      .checkpoint = reader.Text("checkpoint"),
                      .label = reader.TextOr("label", ""),
                      .questions = Items<QuizAnswer>(reader, object, "questions", ReadAnswer),
                      .score = reader.OptionalReal("score"),
                      .energy = OptionalQuantity<Joules>(reader, "joules")};
  });
}

}  // namespace powerdown
