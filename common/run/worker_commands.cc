// The daemon's commands to the worker.
#include "absl/strings/numbers.h"
#include "common/base/json.h"
#include "common/base/json_line.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"
#include "common/run/run_json_reading.h"
#include "common/run/worker_lines.h"

namespace powerdown {
namespace {

Json ToJson(const StartCommand& command) {
  Json json = {{"command", "start"},
               {"run_id", command.run_id},
               {"attempt", command.attempt},
               {"spec", SpecJson(command.spec)},
               {"auto_stop", std::string(NameOf(command.auto_stop))}};
  if (command.grok_multiple) json["grok_multiple"] = NumberJson(*command.grok_multiple);
  json["directory"] = command.directory;
  if (!command.resume_file.empty()) json["resume_file"] = command.resume_file;
  if (command.take_back_stop) json["take_back_stop"] = true;
  if (command.abandon != AutoStop::kOff) {
    json["abandon"] = std::string(NameOf(command.abandon));
  }
  if (!command.predictor.empty()) json["predictor"] = command.predictor;
  return json;
}

Json ToJson(const EndCommand& command) {
  return {{"command", "end"}, {"reason", NameOf(command.reason)}};
}

Json ToJson(const AskCommand& command) {
  Json json = {{"command", "ask"}, {"request", command.request}};
  if (!command.checkpoint_file.empty()) json["checkpoint_file"] = command.checkpoint_file;
  if (!command.sha256.empty()) json["sha256"] = command.sha256;
  if (command.is_grid) {
    json["is_grid"] = true;
  } else if (command.questions.empty()) {
    json["count"] = command.count;
    json["seed"] = std::to_string(command.seed);
  } else {
    json["questions"] = command.questions;
  }
  return json;
}

Json ToJson(const CancelAskCommand& command) {
  return {{"command", "cancel_ask"}, {"request", command.request}};
}

absl::StatusOr<WorkerCommand> ReadStart(JsonReader& reader) {
  StartCommand command;
  command.run_id = reader.Text("run_id");
  command.attempt = reader.Whole("attempt");
  const Json& spec = reader.Object("spec");
  command.grok_multiple = reader.OptionalReal("grok_multiple");
  command.directory = reader.Text("directory");
  command.resume_file = reader.TextOr("resume_file", "");
  command.take_back_stop = reader.FlagOr("take_back_stop", false);
  command.predictor = reader.TextOr("predictor", "");
  const std::string auto_stop = reader.TextOr("auto_stop", "on");
  const std::string abandon = reader.TextOr("abandon", "off");
  RETURN_IF_ERROR(reader.status());
  ASSIGN_OR_RETURN(command.auto_stop, ParseNamed<AutoStop>(auto_stop));
  ASSIGN_OR_RETURN(command.abandon, ParseNamed<AutoStop>(abandon));
  ASSIGN_OR_RETURN(command.spec, SpecFromObject(spec));
  return command;
}

absl::StatusOr<WorkerCommand> ReadEnd(JsonReader& reader) {
  const std::string name = reader.Text("reason");
  const std::optional<EndRequest> request = FindNamed<EndRequest>(name);
  if (!request) reader.Fail(Concat("reason: ", Quoted(name), " is not known"));
  return EndCommand{request.value_or(EndRequest::kPause)};
}

absl::StatusOr<WorkerCommand> ReadAsk(JsonReader& reader) {
  AskCommand command;
  command.request = reader.Whole("request");
  command.checkpoint_file = reader.TextOr("checkpoint_file", "");
  command.sha256 = reader.TextOr("sha256", "");
  command.is_grid = reader.FlagOr("is_grid", false);
  if (command.is_grid) return command;
  if (reader.Has("count")) {
    command.count = reader.Whole("count");
    // Text, because a JSON number holds only 53 bits of it everywhere.
    if (!absl::SimpleAtoi(reader.Text("seed"), &command.seed))
      reader.Fail("\"seed\" is not a number");
    return command;
  }
  for (const Json& question : reader.Array("questions")) {
    if (!question.is_string()) {
      return absl::InvalidArgumentError("\"questions\" has an item that is not text");
    }
    command.questions.push_back(question.get<std::string>());
  }
  return command;
}

absl::StatusOr<WorkerCommand> ReadCancelAsk(JsonReader& reader) {
  return CancelAskCommand{reader.Whole("request")};
}

constexpr NamedReader<WorkerCommand> kCommands[] = {
    {"start", ReadStart}, {"end", ReadEnd}, {"ask", ReadAsk}, {"cancel_ask", ReadCancelAsk}};

}  // namespace

std::string FormatCommand(const WorkerCommand& command) {
  return JsonText(std::visit([](const auto& what) { return ToJson(what); }, command));
}

absl::StatusOr<WorkerCommand> ParseCommand(std::string_view line) {
  return ReadNamed<WorkerCommand>(line, "command", kCommands);
}

}  // namespace powerdown
