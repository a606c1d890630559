#include "common/run/command_spec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "common/base/fields.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// What changes how the loader, a C library or a shell finds code, or is ours.
constexpr std::string_view kRefusedVariables[] = {"LD_PRELOAD", "LD_AUDIT",       "LD_DEBUG_OUTPUT",
                                                  "LD_PROFILE", "LD_ORIGIN_PATH", "LD_DYNAMIC_WEAK",
                                                  "GCONV_PATH", "GLIBC_TUNABLES", "BASH_ENV",
                                                  "ENV",        "SHELLOPTS",      "BASHOPTS",
                                                  "IFS",        "DYLD_*",         "POWERDOWN_*",
                                                  "BASH_FUNC_*"};

constexpr std::string_view kSources[] = {"stdout:", "csv:", "jsonl:", "tensorboard:"};

absl::Status Refused(std::string_view field, std::string_view value, std::string_view allowed) {
  return absl::InvalidArgumentError(
      Concat(field, ": ", Quoted(value), " is not allowed; allowed: ", allowed));
}

bool IsRefusedVariable(std::string_view name) {
  return std::any_of(std::begin(kRefusedVariables), std::end(kRefusedVariables),
                     [&](std::string_view refused) {
                       if (!refused.ends_with('*')) return name == refused;
                       return name.starts_with(refused.substr(0, refused.size() - 1));
                     });
}

bool IsVariableName(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

absl::Status CheckNoNul(std::string_view field, std::string_view text) {
  if (text.find('\0') == text.npos) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat(field, ": holds a byte 0; allowed: any text without"));
}

absl::Status CheckWords(const CommandSpec& command, const std::vector<std::string>& environment) {
  if (command.words.empty() || command.words.front().empty()) {
    return absl::InvalidArgumentError("command: is empty; allowed: a program and its arguments");
  }
  if (command.words.size() > kMostCommandWords) {
    return absl::InvalidArgumentError(Concat("command: has ", command.words.size(),
                                             " words; allowed: up to ", kMostCommandWords));
  }
  size_t bytes = 0;
  for (const std::string& word : command.words) {
    RETURN_IF_ERROR(CheckNoNul("command", word));
    bytes += word.size();
  }
  for (const std::string& variable : environment) bytes += variable.size();
  if (bytes <= kMostCommandBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(Concat("command: its words and variables have ", bytes,
                                           " bytes; allowed: up to ", kMostCommandBytes));
}

absl::Status CheckEnvironment(const CommandSpec& command,
                              const std::vector<std::string>& environment) {
  for (const std::string& variable : environment) {
    RETURN_IF_ERROR(CheckNoNul("env", variable));
    const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
    if (name.size() == variable.size() || !IsVariableName(name)) {
      // Never the value, which may be a secret.
      return Refused("env", name, "NAME=VALUE, the name of letters, digits and _");
    }
    if (IsRefusedVariable(name)) {
      return Refused("env", name,
                     "variables that do not change which code is loaded, and none of PowerDown's");
    }
  }
  if (VariableNames(environment) == command.variables) return absl::OkStatus();
  return absl::InvalidArgumentError("env: the values are not those of the command's variables");
}

absl::Status CheckReports(const CommandSpec& command) {
  if (command.reports.size() > kMostReportSources) {
    return absl::InvalidArgumentError(Concat("reports: ", command.reports.size(),
                                             " sources; allowed: up to ", kMostReportSources));
  }
  for (const std::string& source : command.reports) {
    RETURN_IF_ERROR(CheckNoNul("reports", source));
    const bool is_known =
        std::any_of(std::begin(kSources), std::end(kSources), [&](std::string_view kind) {
          return source.starts_with(kind) && source.size() > kind.size();
        });
    if (!is_known) {
      return Refused("reports", source, "stdout:REGEX, csv:PATH, jsonl:PATH, tensorboard:FOLDER");
    }
  }
  if (!command.accuracies.empty() && command.accuracies != "percent" &&
      command.accuracies != "fraction") {
    return Refused("accuracies", command.accuracies, "percent, fraction");
  }
  for (const std::string& column : command.columns) {
    const size_t equals = column.find('=');
    if (equals != 0 && equals != column.npos && equals + 1 < column.size()) continue;
    return Refused("column", column, "METRIC=COLUMN, as in validation_accuracy=val_acc");
  }
  return absl::OkStatus();
}

absl::Status CheckRange(std::string_view field, int64_t value, int64_t most) {
  if (value >= 0 && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      Concat(field, ": ", value, " is out of range; allowed: 0 to ", most));
}

bool IsPlainWord(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isalnum(c) ||
           std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::vector<std::string> VariableNames(const std::vector<std::string>& environment) {
  std::vector<std::string> names;
  for (const std::string& variable : environment) {
    names.push_back(variable.substr(0, variable.find('=')));
  }
  return names;
}

absl::Status ValidateCommand(const CommandSpec& command,
                             const std::vector<std::string>& environment) {
  RETURN_IF_ERROR(CheckWords(command, environment));
  RETURN_IF_ERROR(CheckNoNul("directory", command.directory));
  if (!command.directory.starts_with('/')) {
    return Refused("directory", command.directory, "a folder's path that begins with /");
  }
  RETURN_IF_ERROR(CheckEnvironment(command, environment));
  RETURN_IF_ERROR(CheckReports(command));
  RETURN_IF_ERROR(ParseGoal(command.generalised).status());
  RETURN_IF_ERROR(CheckRange("stop_grace", command.stop_grace_seconds, kMostGraceSeconds));
  RETURN_IF_ERROR(CheckRange("time_limit", command.time_limit_seconds, kMostLimitSeconds));
  RETURN_IF_ERROR(CheckRange("retries", command.retries, kMostRetries));
  return CheckRange("max_steps", command.max_steps, kMostStep);
}

// A loss goes down without end, so its share is that of threshold / (threshold + loss): a half
// where it is reached. What may go beyond 1, a percentage say, is a half of itself there too.
double Goal::ScoreOf(double value) const {
  if (!is_at_least) return threshold / (threshold + std::max(0.0, value));
  return threshold <= 1 ? value : value / (2 * threshold);
}

absl::StatusOr<Goal> ParseGoal(std::string_view text) {
  if (text.empty()) text = kUsualGoal;
  constexpr std::string_view kAllowed =
      "METRIC >= NUMBER or METRIC <= NUMBER, the number above 0, as in validation_loss <= 0.8";
  const size_t sign = text.find_first_of("<>");
  if (sign == text.npos || text.size() < sign + 2 || text[sign + 1] != '=') {
    return Refused("generalised", text, kAllowed);
  }
  Goal goal;
  goal.metric = std::string(absl::StripAsciiWhitespace(AbslView(text.substr(0, sign))));
  goal.is_at_least = text[sign] == '>';
  const bool is_named =
      !goal.metric.empty() && goal.metric.find_first_of(" \t\n") == std::string::npos;
  const absl::string_view number = absl::StripAsciiWhitespace(AbslView(text.substr(sign + 2)));
  if (!is_named || !absl::SimpleAtod(number, &goal.threshold) || !std::isfinite(goal.threshold) ||
      goal.threshold <= 0) {
    return Refused("generalised", text, kAllowed);
  }
  return goal;
}

std::string CommandText(const CommandSpec& command) {
  std::vector<std::string> words;
  for (const std::string& word : command.words) {
    words.push_back(
        IsPlainWord(word) ? word : Concat("'", absl::StrReplaceAll(word, {{"'", R"('\'')"}}), "'"));
  }
  return Join(words, " ");
}

}  // namespace powerdown
