// The one description of the fields of runs and of what hangs on them. Everything that writes or
// reads them follows these lists: JSON (common/run/run_json.cc), rows (server/store/run_rows.cc,
// update_rows.cc) and messages (proto/fields_wire.h). Lists are in the order of the JSON; names are
// those of the messages, and of the columns but for their units; see docs/interface.md. Pure.
#pragma once

#include "common/base/fields.h"
#include "common/base/json_fwd.h"
#include "common/base/json_reader.h"
#include "common/run/run.h"

namespace powerdown {

// What the lists below cannot say of JSON; see common/base/fields_json.h.
Json ToJson(const RunSpec& spec);
absl::Status FromJson(const Json& json, RunSpec& spec);
bool IsEmpty(const RunSpec& spec);                        // of kUnknownTask
void FinishJson(const EnergyFigure& energy, Json& json);  // an imported one has no band
void FinishReading(JsonReader& reader, EnergyFigure& energy);
void FinishReading(JsonReader& reader, Run& run);
void FinishReading(JsonReader& reader, Comparison& comparison);
void FinishJson(const AnswerGrid& grid, Json& json);  // its cells, as rows
void FinishReading(JsonReader& reader, AnswerGrid& grid);

template <>
inline constexpr auto kFields<Money> = std::tuple(Describe<kRequired>("amount", &Money::amount),
                                                  Describe<kRequired>("currency",
                                                                      &Money::currency));

template <>
inline constexpr auto kFields<EnergyFigure> = std::tuple(
    Describe<kRequired>("gross_joules", &EnergyFigure::gross),
    Describe("net_joules", &EnergyFigure::net), Describe("low_joules", &EnergyFigure::low),
    Describe("high_joules", &EnergyFigure::high),
    Describe("baseline_watts", &EnergyFigure::baseline),
    Describe<kRequired>("source", &EnergyFigure::source),
    Describe<kRequired>("coverage", &EnergyFigure::coverage),
    Describe("net_low_joules", &EnergyFigure::net_low),
    Describe("net_high_joules", &EnergyFigure::net_high),
    Describe<kUnlessEmpty>("scope", &EnergyFigure::scope),
    Describe("estimated_joules", &EnergyFigure::estimated));

template <>
inline constexpr auto kFields<CarbonFactor> =
    std::tuple(Describe<kRequired>("region", &CarbonFactor::region),
               Describe<kRequired>("grams_per_kwh", &CarbonFactor::grams_per_kwh),
               Describe<kRequired>("year", &CarbonFactor::year),
               Describe<kRequired>("source", &CarbonFactor::source),
               Describe<kRequired>("is_default", &CarbonFactor::is_default));

template <>
inline constexpr auto kFields<PriceFactor> =
    std::tuple(Describe<kRequired>("per_kwh", &PriceFactor::per_kwh),
               Describe<kRequired>("currency", &PriceFactor::currency),
               Describe<kRequired>("year", &PriceFactor::year),
               Describe<kRequired>("source", &PriceFactor::source),
               Describe<kRequired>("is_default", &PriceFactor::is_default));

template <>
inline constexpr auto kFields<FootprintFactors> = std::tuple(
    Describe("carbon", &FootprintFactors::carbon), Describe("price", &FootprintFactors::price),
    Describe<kRequired>("pue", &FootprintFactors::pue),
    Describe("rent_per_hour", &FootprintFactors::rent_per_hour));

template <>
inline constexpr auto kFields<Budget> = std::tuple(Describe<kRequired>("unit", &Budget::unit),
                                                   Describe<kRequired>("amount", &Budget::amount));

template <>
inline constexpr auto kFields<LedgerInterval> =
    std::tuple(Describe<kRequired>("device", &LedgerInterval::device),
               Describe<kRequired>("consumer", &LedgerInterval::consumer),
               Describe<kRequired>("start_us", &LedgerInterval::start),
               Describe<kRequired>("end_us", &LedgerInterval::end),
               Describe<kRequired>("joules", &LedgerInterval::joules),
               Describe<kRequired>("low_joules", &LedgerInterval::low),
               Describe<kRequired>("high_joules", &LedgerInterval::high),
               Describe<kRequired>("source", &LedgerInterval::source),
               Describe<kRequired>("coverage", &LedgerInterval::coverage),
               Describe<kRequired>("variance", &LedgerInterval::variance),
               Describe("net_joules", &LedgerInterval::net),
               Describe("baseline_watts", &LedgerInterval::baseline),
               Describe("net_low_joules", &LedgerInterval::net_low),
               Describe("net_high_joules", &LedgerInterval::net_high));

template <>
inline constexpr auto kFields<FleetRow> = std::tuple(
    Describe<kRequired>("runs_per_year", &FleetRow::runs_per_year),
    Describe<kRequired>("kwh", &FleetRow::kwh), Describe<kRequired>("kwh_low", &FleetRow::kwh_low),
    Describe<kRequired>("kwh_high", &FleetRow::kwh_high),
    Describe<kRequired>("co2_kg", &FleetRow::co2_kg), Describe("cost", &FleetRow::cost),
    Describe<kRequired>("phone_charges", &FleetRow::phone_charges),
    Describe<kRequired>("car_km", &FleetRow::car_km));

template <>
inline constexpr auto kFields<ForecastBand> =
    std::tuple(Describe<kRequired>("confidence", &ForecastBand::confidence),
               Describe<kRequired>("low_step", &ForecastBand::low_step),
               Describe("high_step", &ForecastBand::high_step));

// A value of the band that is shown beside the median; absent where there is no such band.
template <auto kMember>
constexpr auto DescribeShownBand(std::string_view name) {
  return DescribeComputed(name, [](const Forecast& forecast) {
    const ForecastBand* band = ShownBand(forecast);
    return band ? std::optional(band->*kMember) : std::nullopt;
  });
}

template <>
inline constexpr auto kFields<Forecast> = std::tuple(
    Describe<kRequired>("made_at_step", &Forecast::made_at_step),
    Describe("grok_step", &Forecast::grok_step),
    DescribeShownBand<&ForecastBand::low_step>("low_step"),
    DescribeComputed("high_step",
                     [](const Forecast& forecast) {
                       const ForecastBand* band = ShownBand(forecast);
                       return band ? band->high_step : std::nullopt;
                     }),
    DescribeShownBand<&ForecastBand::confidence>("confidence"),
    Describe("will_grok_probability", &Forecast::will_grok_probability),
    Describe("model", &Forecast::model),
    Describe<kUnlessEmpty>("is_unfamiliar", &Forecast::is_unfamiliar),
    Describe("bands", &Forecast::bands), Describe<kUnlessEmpty>("leans_on", &Forecast::leans_on));

template <>
inline constexpr auto kFields<StopOutcome> =
    std::tuple(Describe<kRequired>("step", &StopOutcome::step),
               Describe<kRequired>("reason", &StopOutcome::reason),
               Describe<kRequired>("mode", &StopOutcome::mode));

template <>
inline constexpr auto kFields<Attempt> = std::tuple(
    Describe<kRequired>("attempt", &Attempt::attempt),
    Describe<kRequired>("first_step", &Attempt::first_step),
    Describe<kRequired>("last_step", &Attempt::last_step),
    Describe<kUnlessEmpty>("started_at", &Attempt::started_at),
    Describe("ended_at", &Attempt::ended_at), Describe<kUnlessEmpty>("outcome", &Attempt::outcome),
    Describe<kUnlessEmpty>("reason", &Attempt::reason));

template <>
inline constexpr auto kFields<Checkpoint> =
    std::tuple(Describe<kRequired>("checkpoint_id", &Checkpoint::checkpoint_id),
               Describe<kRequired>("attempt", &Checkpoint::attempt),
               Describe<kRequired>("step", &Checkpoint::step),
               Describe<kUnlessEmpty>("label", &Checkpoint::label),
               Describe<kRequired>("kind", &Checkpoint::kind),
               Describe<kRequired>("sha256", &Checkpoint::sha256),
               Describe<kRequired>("bytes", &Checkpoint::bytes),
               Describe<kNotInJson>("file", &Checkpoint::file));

// True where carbon or money is made from a default factor; else absent.
constexpr std::optional<bool> DefaultFlag(bool is_default) {
  return is_default ? std::optional(true) : std::nullopt;
}

template <>
inline constexpr auto kFields<CommandSpec> =
    std::tuple(Describe<kRequired>("words", &CommandSpec::words),
               Describe<kRequired>("directory", &CommandSpec::directory),
               Describe<kUnlessEmpty>("variables", &CommandSpec::variables),
               Describe<kUnlessEmpty>("account", &CommandSpec::account),
               Describe<kUnlessEmpty>("reports", &CommandSpec::reports),
               Describe<kUnlessEmpty>("columns", &CommandSpec::columns),
               Describe<kUnlessEmpty>("accuracies", &CommandSpec::accuracies),
               Describe<kUnlessEmpty>("generalised", &CommandSpec::generalised),
               Describe("stop_signal", &CommandSpec::stop_signal),
               Describe("stop_grace_seconds", &CommandSpec::stop_grace_seconds),
               Describe<kUnlessEmpty>("kills", &CommandSpec::kills),
               Describe<kUnlessEmpty>("time_limit_seconds", &CommandSpec::time_limit_seconds),
               Describe<kUnlessEmpty>("retries", &CommandSpec::retries),
               Describe<kUnlessEmpty>("max_steps", &CommandSpec::max_steps),
               Describe<kUnlessEmpty>("is_attached", &CommandSpec::is_attached));

template <>
inline constexpr auto kFields<Attachment> = std::tuple(
    Describe<kRequired>("pid", &Attachment::pid), Describe<kRequired>("child", &Attachment::child),
    Describe<kRequired>("folder", &Attachment::folder));

template <>
inline constexpr auto kFields<Run> = std::tuple(
    Describe<kFixed>("run_id", &Run::run_id),
    Describe<kUnlessEmpty | kFixed>("short_id", &Run::short_id), Describe("name", &Run::name),
    Describe<kFixed>("owner", &Run::owner), Describe<kRequired>("state", &Run::state),
    Describe<kUnlessEmpty>("state_reason", &Run::state_reason),
    Describe<kNotInJson>("asked_to_end", &Run::asked_to_end),
    Describe<kUnlessEmpty | kFixed>("origin", &Run::origin),
    Describe<kUnlessEmpty | kFixed>("spec", &Run::spec), Describe<kFixed>("command", &Run::command),
    Describe<kNotInJson | kFixed>("environment", &Run::environment),
    Describe<kUnlessEmpty>("device", &Run::device),
    Describe<kUnlessEmpty>("hardware", &Run::hardware), Describe<kRequired>("steps", &Run::steps),
    Describe<kRequired>("max_steps", &Run::max_steps),
    Describe("train_accuracy", &Run::train_accuracy),
    Describe("validation_accuracy", &Run::validation_accuracy),
    Describe("memorised_step", &Run::memorised_step), Describe("grok_step", &Run::grok_step),
    Describe("stop", &Run::stop), Describe<kNotStored>("energy", &Run::energy),
    Describe<kNotStored>("co2_grams", &Run::co2), Describe<kNotStored>("cost", &Run::cost),
    DescribeComputed("rent", [](const Run& run) { return RentOf(run); }),
    Describe<kNotStored>("attempts", &Run::attempts),
    Describe<kNotStored>("checkpoints", &Run::checkpoints),
    Describe<kRequired | kFixed>("created_at", &Run::created_at),
    Describe("started_at", &Run::started_at), Describe("ended_at", &Run::ended_at),
    Describe<kFixed>("auto_stop", &Run::auto_stop),
    Describe<kFixed>("grok_multiple", &Run::grok_multiple),
    Describe<kNotStored>("tags", &Run::tags), Describe<kUnlessEmpty>("notes", &Run::notes),
    Describe<kFixed>("abandon", &Run::abandon),
    Describe<kUnlessEmpty>("predictor", &Run::predictor),
    Describe<kNotStored>("forecast", &Run::forecast),
    Describe<kNotStored>("first_forecast", &Run::first_forecast),
    Describe<kUnlessEmpty | kFixed>("comparison_id", &Run::comparison_id),
    DescribeComputed("is_default",
                     [](const Run& run) { return DefaultFlag(run.factors.is_default()); }),
    Describe<kNotStored>("factors", &Run::factors), Describe<kFixed>("budget", &Run::budget),
    Describe<kFixed>("priority", &Run::priority), Describe<kFixed>("is_private", &Run::is_private));

template <>
inline constexpr auto kFields<StepReport> = std::tuple(
    Describe("revision", &StepReport::revision), Describe("run_id", &StepReport::run_id),
    Describe<kRequired>("attempt", &StepReport::attempt),
    Describe<kRequired>("step", &StepReport::evaluation, &Evaluation::step),
    Describe<kUnlessEmpty>("time", &StepReport::time),
    Describe<kNanIsNull>("train_loss", &StepReport::evaluation, &Evaluation::train_loss),
    Describe<kUnlessNan>("train_accuracy", &StepReport::evaluation, &Evaluation::train_accuracy),
    Describe<kNanIsNull>("validation_loss", &StepReport::evaluation, &Evaluation::validation_loss),
    Describe<kUnlessNan>("validation_accuracy", &StepReport::evaluation,
                         &Evaluation::validation_accuracy),
    Describe<kNanIsNull>("gradient_norm", &StepReport::gradient_norm),
    Describe<kNanIsNull>("weight_norm", &StepReport::weight_norm),
    Describe<kNanIsNull>("activation_sparsity", &StepReport::activation_sparsity),
    Describe("power_watts", &StepReport::power), Describe("energy_joules", &StepReport::energy),
    Describe<kNotInJson>("monotonic_us", &StepReport::monotonic),
    Describe<kNotInJson>("features", &StepReport::features),
    Describe<kJsonText>("metrics", &StepReport::metrics_json, "metrics_json"));

template <>
inline constexpr auto kFields<RunEvent> = std::tuple(
    Describe("revision", &RunEvent::revision), Describe("run_id", &RunEvent::run_id),
    Describe<kUnlessEmpty>("attempt", &RunEvent::attempt),
    Describe<kUnlessEmpty>("time", &RunEvent::time),
    Describe<kRequired>("event", &RunEvent::kind, "kind"), Describe("step", &RunEvent::step),
    Describe<kUnlessEmpty>("message", &RunEvent::message),
    Describe<kJsonText>("details", &RunEvent::details_json, "details_json"));

template <>
inline constexpr auto kFields<Recut> = std::tuple(
    Describe<kRequired>("policy", &Recut::policy),
    Describe<kRequired>("max_steps", &Recut::max_steps), Describe("share", &Recut::share),
    Describe("is_extrapolated", &Recut::is_extrapolated));

template <>
inline constexpr auto kFields<NaiveStop> = std::tuple(Describe<kRequired>("rule", &NaiveStop::rule),
                                                      Describe<kRequired>("step", &NaiveStop::step),
                                                      Describe<kRequired>("accuracy",
                                                                          &NaiveStop::accuracy));

template <>
inline constexpr auto kFields<Saving> = std::tuple(
    Describe<kRequired>("gross_joules", &Saving::gross), Describe("net_joules", &Saving::net),
    Describe<kRequired>("low_joules", &Saving::low),
    Describe<kRequired>("high_joules", &Saving::high), Describe<kRequired>("share", &Saving::share),
    Describe<kRequired>("co2_grams", &Saving::co2), Describe("cost", &Saving::cost));

template <>
inline constexpr auto kFields<Comparison> = std::tuple(
    Describe<kRequired>("comparison_id", &Comparison::comparison_id),
    Describe("mode", &Comparison::mode), Describe<kRequired>("spec", &Comparison::spec),
    DescribeGroup("budget", Describe<kRequired>("max_steps", &Comparison::schedule_max_steps),
                  Describe<kRequired>("policy", &Comparison::schedule_policy),
                  Describe<kRequired>("source", &Comparison::schedule_source)),
    Describe("recuts", &Comparison::recuts), Describe("naive_stop", &Comparison::naive_stop),
    Describe("usual", &Comparison::usual), Describe("stopped", &Comparison::stopped),
    DescribeComputed("memorised_step",
                     [](const Comparison& comparison) { return comparison.usual.memorised_step; }),
    DescribeComputed("grok_step",
                     [](const Comparison& comparison) { return comparison.usual.grok_step; }),
    Describe("saved", &Comparison::saved),
    Describe("accuracy_change", &Comparison::accuracy_change),
    Describe("identical_prefix", &Comparison::identical_prefix),
    Describe("fleet", &Comparison::fleet), Describe("owner", &Comparison::owner),
    Describe("has_ended", &Comparison::has_ended),
    Describe<kRequired>("created_at", &Comparison::created_at),
    DescribeComputed("is_default",
                     [](const Comparison& comparison) {
                       return DefaultFlag(comparison.usual.factors.is_default());
                     }),
    DescribeComputed("factors", [](const Comparison& comparison) {
      return std::optional(comparison.usual.factors);
    }));

template <>
inline constexpr auto kFields<QuizAnswer::Candidate> =
    std::tuple(Describe<kRequired>("answer", &QuizAnswer::Candidate::answer),
               Describe<kRequired>("probability", &QuizAnswer::Candidate::probability));

template <>
inline constexpr auto kFields<QuizAnswer> =
    std::tuple(Describe<kRequired>("question", &QuizAnswer::question),
               Describe<kRequired>("asked", &QuizAnswer::asked),
               Describe<kRequired>("held_out", &QuizAnswer::held_out),
               Describe<kRequired>("answer", &QuizAnswer::answer),
               Describe<kRequired>("expected", &QuizAnswer::expected),
               Describe<kRequired>("correct", &QuizAnswer::correct),
               Describe<kRequired>("probability", &QuizAnswer::probability),
               Describe("top", &QuizAnswer::top));

template <>
inline constexpr auto kFields<QuizResult> =
    std::tuple(Describe<kRequired>("run_id", &QuizResult::run_id),
               Describe<kRequired>("at_step", &QuizResult::at_step),
               Describe<kRequired>("checkpoint", &QuizResult::checkpoint),
               Describe<kUnlessEmpty>("label", &QuizResult::label),
               Describe("questions", &QuizResult::questions), Describe("score", &QuizResult::score),
               Describe("joules", &QuizResult::energy));

template <>
inline constexpr auto kFields<AnswerGrid> = std::tuple(
    Describe<kRequired>("run_id", &AnswerGrid::run_id),
    Describe<kRequired>("at_step", &AnswerGrid::at_step),
    Describe("checkpoint", &AnswerGrid::checkpoint),
    Describe<kUnlessEmpty>("label", &AnswerGrid::label),
    Describe<kRequired>("symbols", &AnswerGrid::symbols), Describe("score", &AnswerGrid::score),
    Describe("trained_score", &AnswerGrid::trained_score), Describe("joules", &AnswerGrid::energy),
    Describe<kNotInJson>("answers", &AnswerGrid::answers),
    Describe<kNotInJson>("expected", &AnswerGrid::expected),
    Describe<kNotInJson>("origins", &AnswerGrid::origins),
    Describe<kNotInJson>("confidences", &AnswerGrid::confidences));

// A member that was added and not described ends the build here.
template <typename... Types>
inline constexpr bool kAreWhollyDescribed = (IsWhollyDescribed<Types>() && ...);
static_assert(kAreWhollyDescribed<Money, EnergyFigure, CarbonFactor, PriceFactor, FootprintFactors,
                                  Budget, LedgerInterval, FleetRow>);
static_assert(kAreWhollyDescribed<ForecastBand, Forecast, StopOutcome, Attempt, Checkpoint,
                                  CommandSpec, Attachment, Run, StepReport, RunEvent>);
static_assert(kAreWhollyDescribed<Recut, NaiveStop, Saving, Comparison, QuizAnswer::Candidate,
                                  QuizAnswer, QuizResult, AnswerGrid>);

}  // namespace powerdown
