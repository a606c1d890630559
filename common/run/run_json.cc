#include "common/run/run_json.h"

#include "common/base/json.h"

namespace powerdown {
namespace {

template <typename T>
void PutIfKnown(Json& json, const char* key, const std::optional<T>& value) {
  if (!value) return;
  if constexpr (std::is_same_v<T, double>) {
    json[key] = NumberJson(*value);
  } else if constexpr (std::is_same_v<T, absl::Time>) {
    json[key] = TimeText(*value);
  } else if constexpr (std::is_same_v<T, int64_t>) {
    json[key] = *value;
  } else {
    json[key] = NumberJson(value->value());
  }
}

void PutIfSet(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}

Json MoneyJson(const Money& money) {
  return {{"amount", NumberJson(money.amount)}, {"currency", money.currency}};
}

Json FactorsJson(const FootprintFactors& factors) {
  const CarbonFactor& carbon = factors.carbon;
  const PriceFactor& price = factors.price;
  return {{"carbon",
           {{"region", carbon.region},
            {"grams_per_kwh", NumberJson(carbon.grams_per_kwh)},
            {"year", carbon.year},
            {"source", carbon.source},
            {"is_default", carbon.is_default}}},
          {"price",
           {{"per_kwh", NumberJson(price.per_kwh)},
            {"currency", price.currency},
            {"year", price.year},
            {"source", price.source},
            {"is_default", price.is_default}}},
          {"pue", NumberJson(factors.pue)},
          {"rent_per_hour", NumberJson(factors.rent_per_hour)}};
}

void PutFactors(Json& json, const FootprintFactors& factors) {
  if (factors.is_default()) json["is_default"] = true;
  json["factors"] = FactorsJson(factors);
}

Json AttemptJson(const Attempt& attempt) {
  Json json = {{"attempt", attempt.attempt},
               {"first_step", attempt.first_step},
               {"last_step", attempt.last_step},
               {"started_at", TimeText(attempt.started_at)}};
  PutIfKnown(json, "ended_at", attempt.ended_at);
  PutIfSet(json, "outcome", std::string(attempt.outcome.name()));
  PutIfSet(json, "reason", attempt.reason);
  return json;
}

Json CheckpointJson(const Checkpoint& checkpoint) {
  Json json = {{"checkpoint_id", checkpoint.checkpoint_id},
               {"attempt", checkpoint.attempt},
               {"step", checkpoint.step}};
  PutIfSet(json, "label", checkpoint.label);
  json["kind"] = checkpoint.kind;
  json["sha256"] = checkpoint.sha256;
  json["bytes"] = checkpoint.bytes;
  return json;
}

template <typename T, typename Function>
Json ArrayJson(const std::vector<T>& items, Function to_json) {
  Json array = Json::array();
  for (const T& item : items) array.push_back(to_json(item));
  return array;
}

Json RecutJson(const Recut& recut) {
  Json json = {{"policy", recut.policy}, {"max_steps", recut.max_steps}};
  PutIfKnown(json, "share", recut.share);
  json["is_extrapolated"] = recut.is_extrapolated;
  return json;
}

Json SavingJson(const Saving& saved) {
  Json json = {{"gross_joules", NumberJson(saved.gross.value())}};
  PutIfKnown(json, "net_joules", saved.net);
  json["low_joules"] = NumberJson(saved.low.value());
  json["high_joules"] = NumberJson(saved.high.value());
  json["share"] = NumberJson(saved.share);
  json["co2_grams"] = NumberJson(saved.co2.value());
  json["cost"] = MoneyJson(saved.cost);
  return json;
}

Json BandJson(const ForecastBand& band) {
  Json json = {{"confidence", band.confidence}, {"low_step", band.low_step}};
  PutIfKnown(json, "high_step", band.high_step);
  return json;
}

Json CandidateJson(const QuizAnswer::Candidate& candidate) {
  return {{"answer", candidate.answer}, {"probability", NumberJson(candidate.probability)}};
}

void PutProgress(Json& json, const Run& run) {
  PutIfSet(json, "device", run.device);
  PutIfSet(json, "hardware", run.hardware);
  json["steps"] = run.steps;
  json["max_steps"] = run.max_steps;
  PutIfKnown(json, "train_accuracy", run.train_accuracy);
  PutIfKnown(json, "validation_accuracy", run.validation_accuracy);
  PutIfKnown(json, "memorised_step", run.memorised_step);
  PutIfKnown(json, "grok_step", run.grok_step);
  if (run.stop) {
    json["stop"] = {{"step", run.stop->step},
                    {"reason", run.stop->reason.name()},
                    {"mode", run.stop->mode.name()}};
  }
}

}  // namespace

Json EnergyJson(const EnergyFigure& energy) {
  Json json = {{"gross_joules", NumberJson(energy.gross.value())}};
  PutIfKnown(json, "net_joules", energy.net);
  const bool has_band = energy.source != kImportedSource;
  json["low_joules"] = has_band ? NumberJson(energy.low.value()) : Json();
  json["high_joules"] = has_band ? NumberJson(energy.high.value()) : Json();
  PutIfKnown(json, "baseline_watts", energy.baseline);
  json["source"] = energy.source;
  json["coverage"] = NumberJson(energy.coverage);
  PutIfKnown(json, "net_low_joules", energy.net_low);
  PutIfKnown(json, "net_high_joules", energy.net_high);
  PutIfSet(json, "scope", energy.scope);
  PutIfKnown(json, "estimated_joules", energy.estimated);
  return json;
}

Json FleetJson(const FleetRow& row) {
  return {{"runs_per_year", row.runs_per_year},
          {"kwh", NumberJson(row.kwh)},
          {"kwh_low", NumberJson(row.kwh_low)},
          {"kwh_high", NumberJson(row.kwh_high)},
          {"co2_kg", NumberJson(row.co2_kg)},
          {"cost", MoneyJson(row.cost)},
          {"phone_charges", NumberJson(row.phone_charges)},
          {"car_km", NumberJson(row.car_km)}};
}

Json ForecastJson(const Forecast& forecast) {
  Json json = {{"made_at_step", forecast.made_at_step}};
  PutIfKnown(json, "grok_step", forecast.grok_step);
  if (const ForecastBand* band = ShownBand(forecast)) {
    json["low_step"] = band->low_step;
    PutIfKnown(json, "high_step", band->high_step);
    json["confidence"] = band->confidence;
  }
  PutIfKnown(json, "will_grok_probability", forecast.will_grok_probability);
  json["model"] = forecast.model;
  if (forecast.is_unfamiliar) json["is_unfamiliar"] = true;
  json["bands"] = ArrayJson(forecast.bands, BandJson);
  if (!forecast.leans_on.empty()) json["leans_on"] = forecast.leans_on;
  return json;
}

Json RunJson(const Run& run) {
  Json json = {{"run_id", run.run_id},
               {"name", run.name},
               {"owner", run.owner},
               {"state", std::string(RunStateName(run.state))}};
  PutIfSet(json, "state_reason", run.state_reason);
  PutIfSet(json, "origin", run.origin);
  if (HasSpec(run)) json["spec"] = SpecJson(run.spec);
  PutProgress(json, run);
  if (run.energy) json["energy"] = EnergyJson(*run.energy);
  PutIfKnown(json, "co2_grams", run.co2);
  if (run.cost) json["cost"] = MoneyJson(*run.cost);
  if (const auto rent = RentOf(run)) json["rent"] = MoneyJson(*rent);
  json["attempts"] = ArrayJson(run.attempts, AttemptJson);
  json["checkpoints"] = ArrayJson(run.checkpoints, CheckpointJson);
  json["created_at"] = TimeText(run.created_at);
  PutIfKnown(json, "started_at", run.started_at);
  PutIfKnown(json, "ended_at", run.ended_at);
  json["auto_stop"] = std::string(AutoStopName(run.auto_stop));
  PutIfKnown(json, "grok_multiple", run.grok_multiple);
  json["tags"] = run.tags;
  PutIfSet(json, "notes", run.notes);
  json["abandon"] = std::string(AutoStopName(run.abandon));
  PutIfSet(json, "predictor", run.predictor);
  if (run.forecast) json["forecast"] = ForecastJson(*run.forecast);
  PutIfSet(json, "comparison_id", run.comparison_id);
  PutFactors(json, run.factors);
  return json;
}

Json ReportJson(const StepReport& report) {
  const Evaluation& evaluation = report.evaluation;
  Json json = {{"revision", report.revision},
               {"run_id", report.run_id},
               {"attempt", report.attempt},
               {"step", evaluation.step},
               {"time", TimeText(report.time)},
               {"train_loss", NumberJson(evaluation.train_loss)},
               {"train_accuracy", NumberJson(evaluation.train_accuracy)},
               {"validation_loss", NumberJson(evaluation.validation_loss)},
               {"validation_accuracy", NumberJson(evaluation.validation_accuracy)},
               {"gradient_norm", NumberJson(report.gradient_norm)},
               {"weight_norm", NumberJson(report.weight_norm)},
               {"activation_sparsity", NumberJson(report.activation_sparsity)}};
  PutIfKnown(json, "power_watts", report.power);
  PutIfKnown(json, "energy_joules", report.energy);
  return json;
}

Json EventJson(const RunEvent& event) {
  Json json = {{"revision", event.revision}, {"run_id", event.run_id}};
  if (event.attempt > 0) json["attempt"] = event.attempt;
  json["time"] = TimeText(event.time);
  json["event"] = event.kind.name();
  PutIfKnown(json, "step", event.step);
  PutIfSet(json, "message", event.message);
  if (!event.details_json.empty()) {
    absl::StatusOr<Json> details = ParseJson(event.details_json);
    if (details.ok()) json["details"] = *std::move(details);
  }
  return json;
}

Json UpdateJson(const RunUpdate& update) {
  if (const auto* report = std::get_if<StepReport>(&update)) return ReportJson(*report);
  return EventJson(std::get<RunEvent>(update));
}

Json ComparisonJson(const Comparison& comparison) {
  Json json = {{"comparison_id", comparison.comparison_id},
               {"mode", comparison.mode == ComparisonMode::kShared ? "shared" : "parallel"},
               {"spec", SpecJson(comparison.spec)},
               {"budget",
                {{"max_steps", comparison.budget_max_steps},
                 {"policy", comparison.budget_policy},
                 {"source", comparison.budget_source}}},
               {"recuts", ArrayJson(comparison.recuts, RecutJson)}};
  if (comparison.naive_stop) {
    json["naive_stop"] = {{"rule", comparison.naive_stop->rule},
                          {"step", comparison.naive_stop->step},
                          {"accuracy", NumberJson(comparison.naive_stop->accuracy)}};
  }
  json["usual"] = RunJson(comparison.usual);
  json["stopped"] = RunJson(comparison.stopped);
  PutIfKnown(json, "memorised_step", comparison.usual.memorised_step);
  PutIfKnown(json, "grok_step", comparison.usual.grok_step);
  if (comparison.saved) json["saved"] = SavingJson(*comparison.saved);
  PutIfKnown(json, "accuracy_change", comparison.accuracy_change);
  json["identical_prefix"] = comparison.identical_prefix;
  json["fleet"] = ArrayJson(comparison.fleet, FleetJson);
  json["owner"] = comparison.owner;
  json["has_ended"] = comparison.has_ended;
  json["created_at"] = TimeText(comparison.created_at);
  PutFactors(json, comparison.usual.factors);
  return json;
}

Json QuizAnswerJson(const QuizAnswer& answer) {
  return {{"question", answer.question},
          {"asked", answer.asked},
          {"held_out", answer.held_out},
          {"answer", answer.answer},
          {"expected", answer.expected},
          {"correct", answer.correct},
          {"probability", NumberJson(answer.probability)},
          {"top", ArrayJson(answer.top, CandidateJson)}};
}

Json QuizJson(const QuizResult& result) {
  Json json = {
      {"run_id", result.run_id}, {"at_step", result.at_step}, {"checkpoint", result.checkpoint}};
  PutIfSet(json, "label", result.label);
  json["questions"] = ArrayJson(result.questions, QuizAnswerJson);
  PutIfKnown(json, "score", result.score);
  PutIfKnown(json, "joules", result.energy);
  return json;
}

Json GridJson(const AnswerGrid& grid) {
  Json json = {{"run_id", grid.run_id}, {"at_step", grid.at_step}, {"checkpoint", grid.checkpoint}};
  PutIfSet(json, "label", grid.label);
  json["symbols"] = grid.symbols;
  PutIfKnown(json, "score", grid.score);
  PutIfKnown(json, "trained_score", grid.trained_score);
  PutIfKnown(json, "joules", grid.energy);
  for (const char* key : {"answers", "expected", "held_out", "probabilities"}) {
    json[key] = Json::array();
  }
  for (int64_t x = 0; x < grid.symbols; ++x) {
    Json answers = Json::array(), expected = Json::array();
    Json held_out = Json::array(), probabilities = Json::array();
    for (int64_t y = 0; y < grid.symbols; ++y) {
      const auto cell = static_cast<size_t>(x * grid.symbols + y);
      answers.push_back(grid.answers[cell]);
      expected.push_back(grid.expected[cell]);
      held_out.push_back(grid.origins[cell] == AnswerGrid::Origin::kHeldOut);
      probabilities.push_back(grid.confidences[cell] / 255.0);
    }
    json["answers"].push_back(std::move(answers));
    json["expected"].push_back(std::move(expected));
    json["held_out"].push_back(std::move(held_out));
    json["probabilities"].push_back(std::move(probabilities));
  }
  return json;
}

}  // namespace powerdown
