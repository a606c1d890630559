// The worker's lines to the daemon, from the lists in common/run/worker_line_fields.h.
#include "common/run/worker_lines.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include "common/base/fields_json.h"
#include "common/base/json_line.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/worker_line_fields.h"

namespace powerdown {
namespace {

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

// Whole numbers from `least` to `most`.
template <typename Number>
std::vector<Number> ReadNumbers(JsonReader& reader, const char* key, int64_t least, int64_t most) {
  std::vector<Number> numbers;
  for (const Json& json : reader.Array(key)) {
    const int64_t number = WholeOf(json).value_or(least - 1);
    if (number < least || number > most) {
      reader.Fail(Concat(Quoted(key), " has a number that is out of range"));
      break;
    }
    numbers.push_back(static_cast<Number>(number));
  }
  return numbers;
}

AnswerGrid ReadPiece(JsonReader& reader) {
  AnswerGrid grid;
  grid.symbols = reader.Whole("symbols");
  grid.answers = ReadNumbers<int32_t>(reader, "answers", -1, INT32_MAX);
  grid.expected = ReadNumbers<int32_t>(reader, "expected", -1, INT32_MAX);
  grid.origins = ReadNumbers<AnswerGrid::Origin>(reader, "origins", 0, 2);
  grid.confidences = ReadNumbers<uint8_t>(reader, "confidences", 0, 255);
  const size_t cells = grid.answers.size();
  if (grid.expected.size() != cells || grid.origins.size() != cells ||
      grid.confidences.size() != cells) {
    reader.Fail("the lists have unequal lengths");
  }
  return grid;
}

// Lines have fewer of an enum's values than it has.
template <typename Enum>
void RequireOneOf(JsonReader& reader, std::string_view key, Enum value,
                  std::initializer_list<Enum> allowed) {
  std::vector<std::string_view> names;
  for (const Enum known : allowed) {
    if (known == value) return;
    names.push_back(NameOf(known));
  }
  reader.Fail(Concat(key, ": ", Quoted(NameOf(value)), NotKnown(NameOf(value), names)));
}

template <typename Line>
absl::StatusOr<WorkerLine> ReadLine(JsonReader& reader) {
  Line line;
  ReadFields(reader, line);
  return line;
}

// In the order of WorkerLine.
constexpr NamedReader<WorkerLine> kLines[] = {
    {"hello", ReadLine<HelloLine>},       {"started", ReadLine<StartedLine>},
    {"step", ReadLine<StepLine>},         {"milestone", ReadLine<MilestoneLine>},
    {"decision", ReadLine<DecisionLine>}, {"checkpoint", ReadLine<CheckpointLine>},
    {"frames", ReadLine<FramesLine>},     {"ended", ReadLine<EndedLine>},
    {"answers", ReadLine<AnswersLine>},   {"forecast", ReadLine<ForecastLine>}};

}  // namespace

void FinishJson(const StepLine& line, Json& json) {
  if (line.features.empty()) return;
  Json& features = json["features"] = Json::object();
  for (const FeatureDescription& described : Features()) {
    const double value = line.features[static_cast<size_t>(described.feature)];
    if (!std::isnan(value)) features[std::string(described.name)] = NumberJson(value);
  }
}

void FinishReading(JsonReader& reader, StepLine& line) {
  if (!reader.Has("train_loss")) line.evaluation.train_loss.reset();
  if (!reader.Has("validation_loss")) line.evaluation.validation_loss.reset();
  if (!reader.Has("features")) return;
  JsonReader features(reader.Object("features"));
  for (const FeatureDescription& described : Features()) {
    line.features.push_back(
        features.OptionalReal(described.name).value_or(std::numeric_limits<double>::quiet_NaN()));
  }
}

void FinishReading(JsonReader& reader, MilestoneLine& line) {
  RequireOneOf(reader, "kind", line.kind, {EventKind::kMemorised, EventKind::kGrokked});
}

void FinishReading(JsonReader& reader, ForecastLine& line) {
  RequireOneOf(reader, "kind", line.kind,
               {EventKind::kForecast, EventKind::kPlanned, EventKind::kAbandon});
}

void FinishReading(JsonReader& reader, CheckpointLine& line) {
  const std::string& file = line.checkpoint.file;
  if (!file.starts_with('.') && file.find('/') == std::string::npos) return;
  reader.Fail(Concat("file: ", Quoted(file), " is not the name of a file"));
}

void FinishJson(const EndedLine& line, Json& json) {
  const bool has_stopped = line.outcome == AttemptOutcome::kStopped;
  json["reason"] = has_stopped ? line.stop_reason.name() : std::string_view(line.reason);
}

void FinishReading(JsonReader& reader, EndedLine& line) {
  RequireOneOf(reader, "outcome", line.outcome,
               {AttemptOutcome::kFinished, AttemptOutcome::kStopped, AttemptOutcome::kPaused,
                AttemptOutcome::kInterrupted, AttemptOutcome::kFailed});
  const std::string reason = reader.TextOr("reason", "");
  if (line.outcome == AttemptOutcome::kStopped) {
    line.stop_reason = Named<StopReason>::Parse(reason);
  } else {
    line.reason = reason;
  }
}

void FinishJson(const AnswersLine& line, Json& json) {
  if (!line.error.ok()) {
    json["code"] = static_cast<int>(line.error.code());
    json["error"] = std::string(line.error.message());
  }
  if (line.grid.symbols > 0) json["grid"] = PieceJson(line.grid);
}

void FinishReading(JsonReader& reader, AnswersLine& line) {
  if (reader.Has("code")) {
    line.error = absl::Status(static_cast<absl::StatusCode>(reader.Whole("code")),
                              reader.TextOr("error", ""));
  }
  if (!reader.Has("grid")) return;
  JsonReader piece(reader.Object("grid"));
  line.grid = ReadPiece(piece);
  if (!piece.status().ok()) reader.Fail(Concat("grid: ", piece.status().message()));
}

std::string FormatLine(const WorkerLine& line) {
  return FormatNamed(line, "line", kLines);
}

absl::StatusOr<WorkerLine> ParseLine(std::string_view line) {
  return ReadNamed<WorkerLine>(line, "line", kLines);
}

std::string DecisionToJson(const Decision& decision) {
  return JsonText(ObjectJson(decision));
}

}  // namespace powerdown
