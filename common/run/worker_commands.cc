// The daemon's commands to the worker, from the lists in common/run/worker_line_fields.h.
#include "absl/strings/numbers.h"
#include "common/base/fields_json.h"
#include "common/base/json_line.h"
#include "common/run/worker_line_fields.h"

namespace powerdown {
namespace {

template <typename Command>
absl::StatusOr<WorkerCommand> ReadCommand(JsonReader& reader) {
  Command command;
  ReadFields(reader, command);
  return command;
}

// In the order of WorkerCommand.
constexpr NamedReader<WorkerCommand> kCommands[] = {
    {"start", ReadCommand<StartCommand>}, {"end", ReadCommand<EndCommand>},
    {"ask", ReadCommand<AskCommand>},     {"cancel_ask", ReadCommand<CancelAskCommand>},
    {"hold", ReadCommand<HoldCommand>},   {"energy", ReadCommand<EnergyCommand>}};

}  // namespace

void FinishJson(const AskCommand& command, Json& json) {
  if (command.is_grid) return;
  if (command.questions.empty()) {
    json["count"] = command.count;
    json["seed"] = std::to_string(command.seed);
  } else {
    json["questions"] = command.questions;
  }
}

void FinishReading(JsonReader& reader, AskCommand& command) {
  if (command.is_grid) return;
  if (!reader.Has("count")) return ReadValue(reader, "questions", command.questions);
  command.count = reader.Whole("count");
  // Text, because a JSON number holds only 53 bits of it everywhere.
  if (!absl::SimpleAtoi(reader.Text("seed"), &command.seed)) {
    reader.Fail("\"seed\" is not a number");
  }
}

std::string FormatCommand(const WorkerCommand& command) {
  return FormatNamed(command, "command", kCommands);
}

absl::StatusOr<WorkerCommand> ParseCommand(std::string_view line) {
  return ReadNamed<WorkerCommand>(line, "command", kCommands);
}

}  // namespace powerdown
