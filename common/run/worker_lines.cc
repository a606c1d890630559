// The worker's lines to the daemon.
#include "common/run/worker_lines.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <utility>

#include "common/base/json.h"
#include "common/base/json_line.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/text_limits.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"

namespace powerdown {
namespace {

constexpr int64_t kMostWorkerSteps = 1'000'000'000;  // ten times what a spec may ask for

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

Json FeaturesJson(const FeatureValues& features) {
  Json json = Json::object();
  for (const FeatureDescription& described : Features()) {
    const double value = features[static_cast<size_t>(described.feature)];
    if (!std::isnan(value)) json[std::string(described.name)] = NumberJson(value);
  }
  return json;
}

FeatureValues ReadFeatures(const Json& json) {
  JsonReader reader(json);
  FeatureValues features;
  for (const FeatureDescription& described : Features()) {
    features.push_back(
        reader.OptionalReal(described.name).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return features;
}

Json ToJson(const StepLine& line) {
  const Evaluation& evaluation = line.evaluation;
  Json json = {{"line", "step"},
               {"monotonic_ns", absl::ToInt64Nanoseconds(line.monotonic)},
               {"step", evaluation.step},
               {"train_loss", NumberJson(evaluation.train_loss)},
               {"train_accuracy", NumberJson(evaluation.train_accuracy)},
               {"validation_loss", NumberJson(evaluation.validation_loss)},
               {"validation_accuracy", NumberJson(evaluation.validation_accuracy)},
               {"gradient_norm", NumberJson(line.gradient_norm)},
               {"weight_norm", NumberJson(line.weight_norm)},
               {"activation_sparsity", NumberJson(line.activation_sparsity)}};
  if (!line.features.empty()) json["features"] = FeaturesJson(line.features);
  return json;
}

Json ToJson(const MilestoneLine& line) {
  return {{"line", "milestone"},
          {"kind", NameOf(line.kind)},
          {"step", line.step},
          {"known_at", line.known_at}};
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

Json CheckpointJson(const Checkpoint& checkpoint) {
  return {{"step", checkpoint.step},        {"label", checkpoint.label.name()},
          {"kind", checkpoint.kind.name()}, {"sha256", checkpoint.sha256},
          {"bytes", checkpoint.bytes},      {"file", checkpoint.file}};
}

Json ToJson(const ForecastLine& line) {
  Json json = {{"line", "forecast"},
               {"monotonic_ns", absl::ToInt64Nanoseconds(line.monotonic)},
               {"kind", NameOf(line.kind)},
               {"forecast", ForecastJson(line.forecast)}};
  if (line.stop_step) json["stop_step"] = *line.stop_step;
  return json;
}

Json ToJson(const CheckpointLine& line) {
  Json json = {{"line", "checkpoint"}};
  json.update(CheckpointJson(line.checkpoint));
  return json;
}

Json ToJson(const EndedLine& line) {
  const bool has_stopped = line.outcome == AttemptOutcome::kStopped;
  return {{"line", "ended"},
          {"step", line.step},
          {"outcome", NameOf(line.outcome)},
          {"reason", has_stopped ? line.stop_reason.name() : std::string_view(line.reason)}};
}

Json ToJson(const FramesLine& line) {
  Json json = {{"line", "frames"}, {"frames", Json::array()}};
  for (const Checkpoint& frame : line.frames) json["frames"].push_back(CheckpointJson(frame));
  return json;
}

template <typename Value>
std::vector<int> NumbersOf(const std::vector<Value>& values) {
  std::vector<int> numbers;
  for (const Value value : values) numbers.push_back(static_cast<int>(value));
  return numbers;
}

Json PieceJson(const AnswerGrid& grid) {
  return {{"symbols", grid.symbols},
          {"answers", grid.answers},
          {"expected", grid.expected},
          {"origins", NumbersOf(grid.origins)},
          {"confidences", NumbersOf(grid.confidences)}};
}

Json ToJson(const AnswersLine& line) {
  Json json = {{"line", "answers"}, {"request", line.request}, {"step", line.step}};
  if (!line.error.ok()) {
    json["code"] = static_cast<int>(line.error.code());
    json["error"] = std::string(line.error.message());
  }
  if (line.has_more) json["has_more"] = true;
  if (line.grid.symbols > 0) json["grid"] = PieceJson(line.grid);
  json["answers"] = Json::array();
  for (const QuizAnswer& answer : line.answers) json["answers"].push_back(QuizAnswerJson(answer));
  if (line.busy > absl::ZeroDuration()) {
    json["busy_ns"] = absl::ToInt64Nanoseconds(line.busy);
    json["session_busy_ns"] = absl::ToInt64Nanoseconds(line.session_busy);
  }
  return json;
}

// A step that a training can have.
int64_t StepOf(JsonReader& reader, const char* key) {
  const int64_t step = reader.Whole(key);
  if (step >= 0 && step <= kMostWorkerSteps) return step;
  reader.Fail(Concat(key, ": value is ", step, "; allowed: 0 to ", kMostWorkerSteps));
  return 0;
}

// The value, of those allowed, that `key` names.
template <typename Enum>
Enum ReadOneOf(JsonReader& reader, const char* key, std::initializer_list<Enum> allowed) {
  const std::string name = reader.Text(key);
  std::vector<std::string_view> names;
  for (const Enum value : allowed) {
    if (name == NameOf(value)) return value;
    names.push_back(NameOf(value));
  }
  reader.Fail(Concat(key, ": ", Quoted(name), NotKnown(name, names)));
  return *allowed.begin();
}

absl::StatusOr<WorkerLine> ReadHello(JsonReader& reader) {
  return HelloLine{static_cast<int>(reader.Whole("version")), reader.Text("boot_id"),
                   reader.TextOr("engine", "")};
}

absl::StatusOr<WorkerLine> ReadForecast(JsonReader& reader) {
  ForecastLine line;
  line.monotonic = absl::Nanoseconds(reader.Whole("monotonic_ns"));
  line.kind =
      ReadOneOf(reader, "kind", {EventKind::kForecast, EventKind::kPlanned, EventKind::kAbandon});
  if (reader.Has("stop_step")) line.stop_step = StepOf(reader, "stop_step");
  const Json& forecast = reader.Object("forecast");
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(line.forecast, ForecastFromJson(forecast));
  return line;
}

absl::StatusOr<WorkerLine> ReadStarted(JsonReader& reader) {
  StartedLine line;
  line.step = StepOf(reader, "step");
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
  line.evaluation.step = StepOf(reader, "step");
  line.evaluation.train_loss = reader.Real("train_loss");
  line.evaluation.train_accuracy = reader.Real("train_accuracy");
  line.evaluation.validation_loss = reader.Real("validation_loss");
  line.evaluation.validation_accuracy = reader.Real("validation_accuracy");
  line.gradient_norm = reader.Real("gradient_norm");
  line.weight_norm = reader.Real("weight_norm");
  line.activation_sparsity = reader.Real("activation_sparsity");
  if (reader.Has("features")) line.features = ReadFeatures(reader.Object("features"));
  return line;
}

absl::StatusOr<WorkerLine> ReadMilestone(JsonReader& reader) {
  MilestoneLine line;
  line.kind = ReadOneOf(reader, "kind", {EventKind::kMemorised, EventKind::kGrokked});
  line.step = StepOf(reader, "step");
  line.known_at = StepOf(reader, "known_at");
  return line;
}

absl::StatusOr<WorkerLine> ReadDecision(JsonReader& reader) {
  DecisionLine line;
  line.monotonic = absl::Nanoseconds(reader.Whole("monotonic_ns"));
  JsonReader fields(reader.Object("decision"));
  Decision& decision = line.decision;
  decision.step = StepOf(fields, "step");
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

Checkpoint CheckpointFrom(JsonReader& reader) {
  Checkpoint checkpoint;
  checkpoint.step = StepOf(reader, "step");
  checkpoint.label = Named<CheckpointLabel>::Parse(reader.TextOr("label", ""));
  checkpoint.kind = Named<CheckpointKind>::Parse(reader.Text("kind"));
  checkpoint.sha256 = reader.Text("sha256");
  checkpoint.bytes = reader.Whole("bytes");
  checkpoint.file = reader.Text("file");
  reader.Check(CheckText("label", checkpoint.label.name()));
  reader.Check(CheckText("kind", checkpoint.kind.name()));
  reader.Check(CheckText("sha256", checkpoint.sha256));
  reader.Check(CheckText("file", checkpoint.file));
  // It lies in the attempt's own folder.
  if (checkpoint.file.starts_with('.') || checkpoint.file.find('/') != std::string::npos) {
    reader.Fail(Concat("file: ", Quoted(checkpoint.file), " is not the name of a file"));
  }
  return checkpoint;
}

absl::StatusOr<WorkerLine> ReadCheckpoint(JsonReader& reader) {
  return CheckpointLine{CheckpointFrom(reader)};
}

absl::StatusOr<WorkerLine> ReadFrames(JsonReader& reader) {
  FramesLine line;
  for (const Json& json : reader.Array("frames")) {
    JsonReader fields(json);
    line.frames.push_back(CheckpointFrom(fields));
    RETURN_IF_ERROR(fields.status());
  }
  return line;
}

absl::StatusOr<WorkerLine> ReadEnded(JsonReader& reader) {
  EndedLine line;
  line.step = StepOf(reader, "step");
  line.outcome =
      ReadOneOf(reader, "outcome",
                {AttemptOutcome::kFinished, AttemptOutcome::kStopped, AttemptOutcome::kPaused,
                 AttemptOutcome::kInterrupted, AttemptOutcome::kFailed});
  const std::string reason = reader.TextOr("reason", "");
  if (line.outcome == AttemptOutcome::kStopped) {
    line.stop_reason = Named<StopReason>::Parse(reason);
  } else {
    line.reason = reason;
  }
  return line;
}

absl::StatusOr<QuizAnswer> ReadAnswer(const Json& json) {
  JsonReader reader(json);
  QuizAnswer answer;
  answer.question = reader.Text("question");
  for (const Json& symbol : reader.Array("asked")) {
    const std::optional<int64_t> whole = WholeOf(symbol);
    if (!whole || !std::in_range<int32_t>(*whole)) {
      reader.Fail("\"asked\" has what is not a whole number");
      break;
    }
    answer.asked.push_back(static_cast<int32_t>(*whole));
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

// Whole numbers from `least` to `most`.
template <typename Number>
std::vector<Number> ReadNumbers(JsonReader& reader, const char* key, int64_t least, int64_t most) {
  std::vector<Number> numbers;
  for (const Json& json : reader.Array(key)) {
    const int64_t number = WholeOf(json).value_or(least - 1);
    if (number < least || number > most) {
      reader.Fail(std::string("\"") + key + "\" has what is out of range");
      break;
    }
    numbers.push_back(static_cast<Number>(number));
  }
  return numbers;
}

absl::StatusOr<AnswerGrid> ReadGrid(const Json& json) {
  JsonReader reader(json);
  AnswerGrid grid;
  grid.symbols = reader.Whole("symbols");
  grid.answers = ReadNumbers<int32_t>(reader, "answers", -1, INT32_MAX);
  grid.expected = ReadNumbers<int32_t>(reader, "expected", -1, INT32_MAX);
  grid.origins = ReadNumbers<AnswerGrid::Origin>(reader, "origins", 0, 2);
  grid.confidences = ReadNumbers<uint8_t>(reader, "confidences", 0, 255);
  const size_t cells = grid.answers.size();
  if (grid.expected.size() != cells || grid.origins.size() != cells ||
      grid.confidences.size() != cells) {
    reader.Fail("\"grid\" has lists of unequal length");
  }
  RETURN_IF_ERROR(reader.status());
  return grid;
}

absl::StatusOr<WorkerLine> ReadAnswers(JsonReader& reader) {
  AnswersLine line;
  line.request = reader.Whole("request");
  line.step = StepOf(reader, "step");
  if (reader.Has("code")) {
    line.error = absl::Status(static_cast<absl::StatusCode>(reader.Whole("code")),
                              reader.TextOr("error", ""));
  }
  line.has_more = reader.FlagOr("has_more", false);
  if (reader.Has("grid")) {
    ASSIGN_OR_RETURN(line.grid, ReadGrid(reader.Object("grid")));
  }
  for (const Json& json : reader.Array("answers")) {
    ASSIGN_OR_RETURN(QuizAnswer answer, ReadAnswer(json));
    line.answers.push_back(std::move(answer));
  }
  if (reader.Has("busy_ns")) {
    line.busy = absl::Nanoseconds(reader.Whole("busy_ns"));
    line.session_busy = absl::Nanoseconds(reader.Whole("session_busy_ns"));
  }
  return line;
}

constexpr NamedReader<WorkerLine> kLines[] = {
    {"hello", ReadHello},           {"started", ReadStarted},     {"step", ReadStep},
    {"forecast", ReadForecast},     {"milestone", ReadMilestone}, {"decision", ReadDecision},
    {"checkpoint", ReadCheckpoint}, {"frames", ReadFrames},       {"ended", ReadEnded},
    {"answers", ReadAnswers}};

}  // namespace

std::string FormatLine(const WorkerLine& line) {
  return JsonText(std::visit([](const auto& what) { return ToJson(what); }, line));
}

absl::StatusOr<WorkerLine> ParseLine(std::string_view line) {
  return ReadNamed<WorkerLine>(line, "line", kLines);
}

std::string DecisionToJson(const Decision& decision) {
  return JsonText(DecisionJson(decision));
}

}  // namespace powerdown
