// The worker's lines to the daemon.
#include "common/worker_lines.h"

#include "common/json_reader.h"
#include "common/run_from_json.h"
#include "common/run_json.h"
#include "common/status.h"

namespace powerdown {
namespace {

std::string OneLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ToJson(const HelloLine& line) {
  return {{"line", "hello"},
          {"version", line.version},
          {"boot_id", line.boot_id},
          {"engine", line.engine}};
}

Json ToJson(const StartedLine& line) {
  return {{"line", "started"},
          {"step", line.step},
          {"device", line.device},
          {"hardware", line.hardware},
          {"parameters", line.parameters},
          {"train_pairs", line.train_pairs},
          {"validation_pairs", line.validation_pairs}};
}

Json ToJson(const StepLine& line) {
  const Evaluation& evaluation = line.evaluation;
  return {{"line", "step"},
          {"monotonic_ns", absl::ToInt64Nanoseconds(line.monotonic)},
          {"step", evaluation.step},
          {"train_loss", NumberJson(evaluation.train_loss)},
          {"train_accuracy", NumberJson(evaluation.train_accuracy)},
          {"validation_loss", NumberJson(evaluation.validation_loss)},
          {"validation_accuracy", NumberJson(evaluation.validation_accuracy)},
          {"gradient_norm", NumberJson(line.gradient_norm)},
          {"weight_norm", NumberJson(line.weight_norm)},
          {"activation_sparsity", NumberJson(line.activation_sparsity)}};
}

Json ToJson(const MilestoneLine& line) {
  return {
      {"line", "milestone"}, {"kind", line.kind}, {"step", line.step}, {"known_at", line.known_at}};
}

Json DecisionJson(const Decision& decision) {
  Json json = {{"step", decision.step},
               {"stop", decision.stop},
               {"verdict", decision.verdict},
               {"train_accuracy", NumberJson(decision.train_accuracy)},
               {"validation_accuracy", NumberJson(decision.validation_accuracy)},
               {"held_evaluations", decision.held_evaluations},
               {"held_since", decision.held_since},
               {"train_loss", NumberJson(decision.train_loss)},
               {"train_loss_median", NumberJson(decision.train_loss_median)},
               {"best_validation_accuracy", NumberJson(decision.best_validation_accuracy)},
               {"recent_rise", NumberJson(decision.recent_rise)}};
  if (decision.wilson_lower) json["wilson_lower"] = NumberJson(*decision.wilson_lower);
  return json;
}

Json ToJson(const DecisionLine& line) {
  return {{"line", "decision"},
          {"monotonic_ns", absl::ToInt64Nanoseconds(line.monotonic)},
          {"decision", DecisionJson(line.decision)}};
}

Json ToJson(const ForecastLine& line) {
  Json json = {{"line", "forecast"},
               {"monotonic_ns", absl::ToInt64Nanoseconds(line.monotonic)},
               {"kind", line.kind},
               {"forecast", ForecastJson(line.forecast)}};
  if (line.stop_step) json["stop_step"] = *line.stop_step;
  return json;
}

Json ToJson(const CheckpointLine& line) {
  const Checkpoint& checkpoint = line.checkpoint;
  return {{"line", "checkpoint"},    {"step", checkpoint.step},     {"label", checkpoint.label},
          {"kind", checkpoint.kind}, {"sha256", checkpoint.sha256}, {"bytes", checkpoint.bytes},
          {"file", checkpoint.file}};
}

Json ToJson(const EndedLine& line) {
  return {
      {"line", "ended"}, {"step", line.step}, {"outcome", line.outcome}, {"reason", line.reason}};
}

Json ToJson(const AnswersLine& line) {
  Json json = {{"line", "answers"}, {"request", line.request}, {"step", line.step}};
  if (!line.error.empty()) json["error"] = line.error;
  json["answers"] = Json::array();
  for (const QuizAnswer& answer : line.answers) json["answers"].push_back(QuizAnswerJson(answer));
  return json;
}

absl::StatusOr<WorkerLine> ReadHello(JsonReader& reader) {
  return HelloLine{static_cast<int>(reader.Whole("version")), reader.Text("boot_id"),
                   reader.TextOr("engine", "")};
}

absl::StatusOr<WorkerLine> ReadForecast(JsonReader& reader) {
  ForecastLine line;
  line.monotonic = absl::Nanoseconds(reader.Whole("monotonic_ns"));
  line.kind = reader.Text("kind");
  if (const auto step = reader.OptionalReal("stop_step")) {
    line.stop_step = static_cast<int64_t>(*step);
  }
  const Json& forecast = reader.Object("forecast");
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(line.forecast, ForecastFromJson(forecast));
  return line;
}

absl::StatusOr<WorkerLine> ReadStarted(JsonReader& reader) {
  StartedLine line;
  line.step = reader.Whole("step");
  line.device = reader.Text("device");
  line.hardware = reader.TextOr("hardware", "");
  line.parameters = reader.Whole("parameters");
  line.train_pairs = reader.Whole("train_pairs");
  line.validation_pairs = reader.Whole("validation_pairs");
  return line;
}

absl::StatusOr<WorkerLine> ReadStep(JsonReader& reader) {
  StepLine line;
  line.monotonic = absl::Nanoseconds(reader.Whole("monotonic_ns"));
  line.evaluation.step = reader.Whole("step");
  line.evaluation.train_loss = reader.Real("train_loss");
  line.evaluation.train_accuracy = reader.Real("train_accuracy");
  line.evaluation.validation_loss = reader.Real("validation_loss");
  line.evaluation.validation_accuracy = reader.Real("validation_accuracy");
  line.gradient_norm = reader.Real("gradient_norm");
  line.weight_norm = reader.Real("weight_norm");
  line.activation_sparsity = reader.Real("activation_sparsity");
  return line;
}

absl::StatusOr<WorkerLine> ReadMilestone(JsonReader& reader) {
  MilestoneLine line;
  line.kind = reader.Text("kind");
  line.step = reader.Whole("step");
  line.known_at = reader.Whole("known_at");
  return line;
}

absl::StatusOr<WorkerLine> ReadDecision(JsonReader& reader) {
  DecisionLine line;
  line.monotonic = absl::Nanoseconds(reader.Whole("monotonic_ns"));
  JsonReader fields(reader.Object("decision"));
  Decision& decision = line.decision;
  decision.step = fields.Whole("step");
  decision.stop = fields.Flag("stop");
  decision.verdict = fields.Text("verdict");
  decision.train_accuracy = fields.Real("train_accuracy");
  decision.validation_accuracy = fields.Real("validation_accuracy");
  decision.held_evaluations = fields.Whole("held_evaluations");
  decision.held_since = fields.Whole("held_since");
  decision.train_loss = fields.Real("train_loss");
  decision.train_loss_median = fields.Real("train_loss_median");
  decision.best_validation_accuracy = fields.Real("best_validation_accuracy");
  decision.recent_rise = fields.Real("recent_rise");
  decision.wilson_lower = fields.OptionalReal("wilson_lower");
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(fields.status());
  return line;
}

absl::StatusOr<WorkerLine> ReadCheckpoint(JsonReader& reader) {
  CheckpointLine line;
  line.checkpoint.step = reader.Whole("step");
  line.checkpoint.label = reader.TextOr("label", "");
  line.checkpoint.kind = reader.Text("kind");
  line.checkpoint.sha256 = reader.Text("sha256");
  line.checkpoint.bytes = reader.Whole("bytes");
  line.checkpoint.file = reader.Text("file");
  return line;
}

absl::StatusOr<WorkerLine> ReadEnded(JsonReader& reader) {
  return EndedLine{reader.Whole("step"), reader.Text("outcome"), reader.TextOr("reason", "")};
}

absl::StatusOr<QuizAnswer> ReadAnswer(const Json& json) {
  JsonReader reader(json);
  QuizAnswer answer;
  answer.question = reader.Text("question");
  for (const Json& symbol : reader.Array("asked")) {
    if (!symbol.is_number_integer()) reader.Fail("\"asked\" has what is not a whole number");
    if (symbol.is_number_integer()) answer.asked.push_back(symbol.get<int32_t>());
  }
  answer.held_out = reader.Flag("held_out");
  answer.answer = reader.Whole("answer");
  answer.expected = reader.Whole("expected");
  answer.correct = reader.Flag("correct");
  answer.probability = reader.Real("probability");
  for (const Json& candidate : reader.Array("top")) {
    JsonReader fields(candidate);
    answer.top.push_back({fields.Whole("answer"), fields.Real("probability")});
    RETURN_IF_ERROR(fields.status());
  }
  RETURN_IF_ERROR(reader.status());
  return answer;
}

absl::StatusOr<WorkerLine> ReadAnswers(JsonReader& reader) {
  AnswersLine line;
  line.request = reader.Whole("request");
  line.step = reader.Whole("step");
  line.error = reader.TextOr("error", "");
  for (const Json& json : reader.Array("answers")) {
    ASSIGN_OR_RETURN(QuizAnswer answer, ReadAnswer(json));
    line.answers.push_back(std::move(answer));
  }
  return line;
}

constexpr NamedReader<WorkerLine> kLines[] = {
    {"hello", ReadHello},           {"started", ReadStarted},     {"step", ReadStep},
    {"forecast", ReadForecast},     {"milestone", ReadMilestone}, {"decision", ReadDecision},
    {"checkpoint", ReadCheckpoint}, {"ended", ReadEnded},         {"answers", ReadAnswers}};

}  // namespace

std::string FormatLine(const WorkerLine& line) {
  return OneLine(std::visit([](const auto& what) { return ToJson(what); }, line));
}

absl::StatusOr<WorkerLine> ParseLine(std::string_view line) {
  return ReadNamed<WorkerLine>(line, "line", kLines);
}

std::string DecisionToJson(const Decision& decision) {
  return OneLine(DecisionJson(decision));
}

}  // namespace powerdown
