// The one description of the fields of worker commands and lines, from which both directions of
// common/run/worker_lines.cc and worker_commands.cc follow. Pure.
#pragma once

#include "common/run/run_fields.h"
#include "common/run/worker_lines.h"

namespace powerdown {

// What the lists below cannot say; see common/base/fields_json.h.
void FinishJson(const AskCommand& command, Json& json);  // typed questions, or how many are drawn
void FinishReading(JsonReader& reader, AskCommand& command);
void FinishJson(const StepLine& line, Json& json);  // its features, as an object of their names
void FinishReading(JsonReader& reader, StepLine& line);
void FinishReading(JsonReader& reader, MilestoneLine& line);   // one of two kinds
void FinishReading(JsonReader& reader, ForecastLine& line);    // one of three
void FinishReading(JsonReader& reader, CheckpointLine& line);  // a file of its own folder
void FinishJson(const EndedLine& line, Json& json);            // which reason it has
void FinishReading(JsonReader& reader, EndedLine& line);
void FinishJson(const AnswersLine& line, Json& json);  // its error and its piece of a grid
void FinishReading(JsonReader& reader, AnswersLine& line);

template <>
inline constexpr auto kFields<StartCommand> =
    std::tuple(Describe<kRequired>("run_id", &StartCommand::run_id),
               Describe<kRequired>("attempt", &StartCommand::attempt),
               Describe<kRequired>("spec", &StartCommand::spec),
               Describe("auto_stop", &StartCommand::auto_stop),
               Describe("grok_multiple", &StartCommand::grok_multiple),
               Describe<kRequired | kLongText>("directory", &StartCommand::directory),
               Describe<kUnlessEmpty | kLongText>("resume_file", &StartCommand::resume_file),
               Describe<kUnlessEmpty>("take_back_stop", &StartCommand::take_back_stop),
               Describe<kUnlessEmpty>("abandon", &StartCommand::abandon),
               Describe<kUnlessEmpty | kLongText>("predictor", &StartCommand::predictor),
               Describe("command_spec", &StartCommand::command),
               Describe<kUnlessEmpty>("environment", &StartCommand::environment),
               Describe("attached", &StartCommand::attached));

template <>
inline constexpr auto kFields<EndCommand> = std::tuple(Describe<kRequired>("reason",
                                                                           &EndCommand::reason));

template <>
inline constexpr auto kFields<AskCommand> =
    std::tuple(Describe<kRequired>("request", &AskCommand::request),
               Describe<kUnlessEmpty | kLongText>("checkpoint_file", &AskCommand::checkpoint_file),
               Describe<kUnlessEmpty>("sha256", &AskCommand::sha256),
               Describe<kUnlessEmpty>("is_grid", &AskCommand::is_grid),
               Describe<kNotInJson>("questions", &AskCommand::questions),
               Describe<kNotInJson>("count", &AskCommand::count),
               Describe<kNotInJson>("seed", &AskCommand::seed));

template <>
inline constexpr auto kFields<CancelAskCommand> =
    std::tuple(Describe<kRequired>("request", &CancelAskCommand::request));

template <>
inline constexpr auto kFields<HoldCommand> = std::tuple(Describe<kRequired>("is_held",
                                                                            &HoldCommand::is_held));

template <>
inline constexpr auto kFields<EnergyCommand> =
    std::tuple(Describe<kRequired | kNanoseconds>("monotonic_ns", &EnergyCommand::monotonic),
               Describe<kRequired>("joules", &EnergyCommand::joules),
               Describe<kRequired>("low_joules", &EnergyCommand::low),
               Describe<kRequired>("high_joules", &EnergyCommand::high));

template <>
inline constexpr auto kFields<HelloLine> = std::tuple(
    Describe<kRequired>("version", &HelloLine::version),
    Describe<kRequired>("boot_id", &HelloLine::boot_id), Describe("engine", &HelloLine::engine));

template <>
inline constexpr auto kFields<StartedLine> =
    std::tuple(Describe<kRequired | kStep>("step", &StartedLine::step),
               Describe<kRequired>("device", &StartedLine::device),
               Describe("hardware", &StartedLine::hardware),
               Describe<kUnlessEmpty>("gpu_uuid", &StartedLine::gpu_uuid),
               Describe<kRequired>("parameters", &StartedLine::parameters),
               Describe<kRequired>("train_pairs", &StartedLine::train_pairs),
               Describe<kRequired>("validation_pairs", &StartedLine::validation_pairs));

// A field of the evaluation, which stands among the line's own.
template <unsigned kBits = kRequired, typename Value>
constexpr auto DescribeMeasured(std::string_view name, Value Evaluation::*member) {
  return Describe<kBits>(name, &StepLine::evaluation, member);
}

template <>
inline constexpr auto kFields<StepLine> =
    std::tuple(Describe<kRequired | kNanoseconds>("monotonic_ns", &StepLine::monotonic),
               DescribeMeasured<kRequired | kStep>("step", &Evaluation::step),
               DescribeMeasured<kPlain>("train_loss", &Evaluation::train_loss),
               DescribeMeasured("train_accuracy", &Evaluation::train_accuracy),
               DescribeMeasured<kPlain>("validation_loss", &Evaluation::validation_loss),
               DescribeMeasured("validation_accuracy", &Evaluation::validation_accuracy),
               Describe("gradient_norm", &StepLine::gradient_norm),
               Describe("weight_norm", &StepLine::weight_norm),
               Describe("activation_sparsity", &StepLine::activation_sparsity),
               Describe<kNotInJson>("features", &StepLine::features),
               Describe<kJsonText>("metrics", &StepLine::metrics_json));

template <>
inline constexpr auto kFields<MilestoneLine> =
    std::tuple(Describe<kRequired>("kind", &MilestoneLine::kind),
               Describe<kRequired | kStep>("step", &MilestoneLine::step),
               Describe<kRequired | kStep>("known_at", &MilestoneLine::known_at));

template <>
inline constexpr auto kFields<Decision> =
    std::tuple(Describe<kRequired | kStep>("step", &Decision::step),
               Describe<kRequired>("stop", &Decision::stop),
               Describe<kRequired>("verdict", &Decision::verdict),
               Describe<kRequired>("train_accuracy", &Decision::train_accuracy),
               Describe<kRequired>("validation_accuracy", &Decision::validation_accuracy),
               Describe<kRequired>("held_evaluations", &Decision::held_evaluations),
               Describe<kRequired>("held_since", &Decision::held_since),
               Describe<kRequired>("train_loss", &Decision::train_loss),
               Describe<kRequired>("train_loss_median", &Decision::train_loss_median),
               Describe<kRequired>("best_validation_accuracy", &Decision::best_validation_accuracy),
               Describe<kRequired>("recent_rise", &Decision::recent_rise),
               Describe("wilson_lower", &Decision::wilson_lower));

template <>
inline constexpr auto kFields<DecisionLine> =
    std::tuple(Describe<kRequired | kNanoseconds>("monotonic_ns", &DecisionLine::monotonic),
               Describe<kRequired>("decision", &DecisionLine::decision));

template <>
inline constexpr auto kFields<ForecastLine> =
    std::tuple(Describe<kRequired | kNanoseconds>("monotonic_ns", &ForecastLine::monotonic),
               Describe<kRequired>("kind", &ForecastLine::kind),
               Describe<kRequired>("forecast", &ForecastLine::forecast),
               Describe<kStep>("stop_step", &ForecastLine::stop_step));

// A field of the checkpoint, which stands among the line's own.
template <unsigned kBits = kRequired, typename Value>
constexpr auto DescribeWritten(std::string_view name, Value Checkpoint::*member) {
  return Describe<kBits>(name, &CheckpointLine::checkpoint, member);
}

template <>
inline constexpr auto kFields<CheckpointLine> = std::tuple(
    DescribeWritten<kNotInJson>("checkpoint_id", &Checkpoint::checkpoint_id),
    DescribeWritten<kNotInJson>("attempt", &Checkpoint::attempt),
    DescribeWritten<kRequired | kStep>("step", &Checkpoint::step),
    DescribeWritten<kPlain>("label", &Checkpoint::label),
    DescribeWritten("kind", &Checkpoint::kind), DescribeWritten("sha256", &Checkpoint::sha256),
    DescribeWritten("bytes", &Checkpoint::bytes), DescribeWritten("file", &Checkpoint::file));

template <>
inline constexpr auto kFields<FramesLine> = std::tuple(Describe<kRequired>("frames",
                                                                           &FramesLine::frames));

template <>
inline constexpr auto kFields<EndedLine> =
    std::tuple(Describe<kRequired | kStep>("step", &EndedLine::step),
               Describe<kRequired>("outcome", &EndedLine::outcome),
               Describe<kNotInJson>("stop_reason", &EndedLine::stop_reason),
               Describe<kNotInJson>("reason", &EndedLine::reason));

template <>
inline constexpr auto kFields<AnswersLine> = std::tuple(
    Describe<kRequired>("request", &AnswersLine::request),
    Describe<kRequired | kStep>("step", &AnswersLine::step),
    Describe<kNotInJson>("error", &AnswersLine::error),
    Describe<kUnlessEmpty>("has_more", &AnswersLine::has_more),
    Describe<kRequired>("answers", &AnswersLine::answers),
    Describe<kNotInJson>("grid", &AnswersLine::grid),
    Describe<kUnlessEmpty | kNanoseconds>("busy_ns", &AnswersLine::busy),
    Describe<kUnlessEmpty | kNanoseconds>("session_busy_ns", &AnswersLine::session_busy));

// A member that was added and not described ends the build here.
static_assert(kAreWhollyDescribed<StartCommand, EndCommand, AskCommand, CancelAskCommand,
                                  HoldCommand, EnergyCommand, HelloLine, StartedLine, StepLine,
                                  MilestoneLine, Decision, DecisionLine>);
static_assert(
    kAreWhollyDescribed<ForecastLine, CheckpointLine, FramesLine, EndedLine, AnswersLine>);

}  // namespace powerdown
