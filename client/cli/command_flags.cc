#include "client/cli/command_flags.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "common/base/fields.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

constexpr char kGroup[] = "COMMAND: any program, after --";

const std::vector<CommandFlag>& CommandFlags() {
  static const auto& flags = *new std::vector<CommandFlag>{
      {"--directory", "FOLDER", "where it runs [here]", kGroup},
      {"--env", "NAME=VALUE", "a variable for it; NAME alone: with its value here; may be repeated",
       kGroup, true},
      {"--reports", "SOURCE",
       "where it tells how it trains, beside powerdown.py: stdout:REGEX, csv:PATH, jsonl:PATH, "
       "tensorboard:FOLDER; may be repeated",
       kGroup, true},
      {"--column", "METRIC=COLUMN", "what it calls a metric: validation_accuracy=val_acc", kGroup,
       true},
      {"--accuracies", "percent|fraction", "what accuracies it reports are [as they show]", kGroup},
      {"--generalised", "GOAL",
       "when it counts as generalised: 'validation_accuracy >= 0.94', 'validation_loss <= 0.8' "
       "[validation_accuracy >= 0.99]",
       kGroup},
      {"--stop-signal", "TERM|INT|USR1", "what tells it to end [TERM]", kGroup},
      {"--stop-grace", "TIME", "what it has to end in, as 30s or 5m [30s]", kGroup},
      {"--kill", "", "SIGKILL after that grace; without, only a cancelled one gets it", kGroup},
      {"--time-limit", "TIME", "ends it after this, as 90m or 2h", kGroup},
      {"--retries", "N", "starts it again when it fails, so many times [0]", kGroup}};
  return flags;
}

absl::StatusOr<int64_t> ReadTime(const CommandWords& words, const std::string& flag,
                                 int64_t fallback, int64_t most) {
  const std::optional<std::string> text = words.Find(flag);
  if (!text) return fallback;
  absl::Duration time;
  double seconds = 0;
  const bool is_number = absl::SimpleAtod(*text, &seconds);
  if (is_number) time = absl::Seconds(seconds);
  if ((is_number || absl::ParseDuration(*text, &time)) && time >= absl::ZeroDuration() &&
      time <= absl::Seconds(most)) {
    return absl::ToInt64Seconds(absl::Ceil(time, absl::Seconds(1)));
  }
  return absl::InvalidArgumentError(Concat(flag.substr(2), ": ", Quoted(*text),
                                           " is not allowed; allowed: seconds, or a time such as "
                                           "90s, 15m, 2h, up to ",
                                           most / 3600, "h"));
}

absl::StatusOr<std::vector<std::string>> ReadVariables(const CommandWords& words) {
  std::vector<std::string> environment;
  for (const std::string& variable : words.All("--env")) {
    if (variable.find('=') != std::string::npos) {
      environment.push_back(variable);
      continue;
    }
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr) {
      return absl::InvalidArgumentError(
          Concat("env: ", Quoted(variable), " is not set here; allowed: NAME=VALUE"));
    }
    environment.push_back(Concat(variable, "=", std::string_view(value)));
  }
  return environment;
}

absl::StatusOr<std::string> ReadDirectory(const CommandWords& words) {
  std::error_code problem;
  const std::string asked = words.Text("--directory", ".");
  const std::string folder = std::filesystem::absolute(asked, problem).lexically_normal();
  if (problem) {
    return absl::InvalidArgumentError(Concat("directory: ", asked, ": ", problem.message()));
  }
  return folder.size() > 1 && folder.back() == '/' ? folder.substr(0, folder.size() - 1) : folder;
}

}  // namespace

void AddCommandFlags(CommandTree& command, bool is_queued) {
  command.takes_command = true;
  for (const CommandFlag& flag : CommandFlags()) {
    const bool is_of_queue =
        flag.name == "--directory" || flag.name == "--env" || flag.name == "--retries";
    if (is_queued || !is_of_queue) command.flags.push_back(flag);
  }
}

absl::Status CheckNoCommandFlags(const CommandWords& words) {
  for (const CommandFlag& flag : CommandFlags()) {
    if (!words.Has(flag.name)) continue;
    return absl::InvalidArgumentError(
        Concat(flag.name, " is for a command, which follows after --: … ", flag.name,
               flag.value.empty() ? "" : Concat(" ", flag.value), " -- python train.py"));
  }
  return absl::OkStatus();
}

absl::StatusOr<CommandOrder> ReadCommand(const CommandWords& words) {
  CommandOrder order;
  CommandSpec& command = order.command;
  command.words = words.command;
  ASSIGN_OR_RETURN(command.directory, ReadDirectory(words));
  ASSIGN_OR_RETURN(order.environment, ReadVariables(words));
  command.variables = VariableNames(order.environment);
  command.reports = words.All("--reports");
  command.columns = words.All("--column");
  command.accuracies = words.Text("--accuracies");
  command.generalised = words.Text("--generalised");
  ASSIGN_OR_RETURN(
      command.stop_signal,
      words.Choice<StopSignal>("--stop-signal", StopSignal::kTerm,
                               {StopSignal::kTerm, StopSignal::kInt, StopSignal::kUsr1}));
  ASSIGN_OR_RETURN(command.stop_grace_seconds,
                   ReadTime(words, "--stop-grace", command.stop_grace_seconds, kMostGraceSeconds));
  command.kills = words.Has("--kill");
  ASSIGN_OR_RETURN(command.time_limit_seconds,
                   ReadTime(words, "--time-limit", 0, kMostLimitSeconds));
  ASSIGN_OR_RETURN(command.retries, words.Whole("--retries", 0, 0, kMostRetries));
  ASSIGN_OR_RETURN(command.max_steps, words.Whole("--max-steps", 0, 0, kMostStep));
  RETURN_IF_ERROR(ValidateCommand(command, order.environment));
  return order;
}

}  // namespace powerdown
