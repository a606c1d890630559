#include "client/cli/command_line.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "client/cli/command_table.h"
#include "client/cli/command_words.h"
#include "client/cli/completion.h"
#include "common/budget.h"
#include "common/status.h"
#include "common/text.h"
#include "common/training_schedule.h"
#include "common/wording.h"

namespace powerdown {
namespace {

constexpr double kMostSeconds = 1e9;
constexpr int64_t kMostQuestions = 100000;
constexpr int64_t kMostDays = 36500;
constexpr int64_t kMostPriority = 1000;
constexpr int64_t kMostEntries = 100000;

template <typename T>
absl::StatusOr<T> ReadChoice(const CommandWords& words, const std::string& flag, T fallback,
                             const std::vector<std::pair<std::string_view, T>>& choices) {
  const std::optional<std::string> text = words.Find(flag);
  if (!text) return fallback;
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) {
    if (name == *text) return value;
    names.push_back(name);
  }
  return absl::InvalidArgumentError(
      Concat(flag.substr(2), ": ", Quoted(*text), NotKnown(*text, names)));
}

absl::StatusOr<int64_t> ReadWhole(const CommandWords& words, const std::string& flag,
                                  int64_t fallback, int64_t minimum, int64_t maximum) {
  const std::optional<std::string> text = words.Find(flag);
  if (!text) return fallback;
  int64_t value = 0;
  if (absl::SimpleAtoi(*text, &value) && value >= minimum && value <= maximum) return value;
  return absl::InvalidArgumentError(Concat(flag.substr(2), ": ", Quoted(*text),
                                           " is not allowed; allowed: whole numbers from ", minimum,
                                           " to ", maximum));
}

absl::StatusOr<GlobalOptions> ReadGlobals(const CommandWords& words) {
  GlobalOptions globals;
  globals.server = words.Find("--server").value_or("");
  ASSIGN_OR_RETURN(globals.output, ReadChoice<OutputFormat>(words, "--output", OutputFormat::kTable,
                                                            {{"table", OutputFormat::kTable},
                                                             {"json", OutputFormat::kJson},
                                                             {"jsonl", OutputFormat::kJsonLines},
                                                             {"csv", OutputFormat::kCsv}}));
  ASSIGN_OR_RETURN(globals.color, ReadChoice<ColorChoice>(words, "--color", ColorChoice::kAuto,
                                                          {{"auto", ColorChoice::kAuto},
                                                           {"never", ColorChoice::kNever},
                                                           {"always", ColorChoice::kAlways}}));
  globals.has_no_input = words.Has("--no-input");
  if (const auto text = words.Find("--timeout")) {
    double seconds = 0;
    if (!absl::SimpleAtod(*text, &seconds) || !(seconds > 0 && seconds <= kMostSeconds)) {
      return absl::InvalidArgumentError(
          Concat("timeout: ", Quoted(*text), " is not allowed; allowed: seconds above 0"));
    }
    globals.timeout = absl::Seconds(seconds);
  }
  return globals;
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) {
    return absl::InvalidArgumentError(
        Concat("spec: cannot read ", Quoted(path), ": ", std::strerror(errno)));
  }
  return text.str();
}

absl::StatusOr<RunSpec> ReadSpec(const CommandWords& words) {
  RunSpec spec;
  if (const auto path = words.Find("--spec")) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(*path));
    ASSIGN_OR_RETURN(spec, SpecFromToml(text, *path));
  }
  for (const SpecField& field : SpecFields()) {
    const std::string flag = Concat("--", absl::StrReplaceAll(AbslView(field.name), {{"_", "-"}}));
    if (const auto text = words.Find(flag)) RETURN_IF_ERROR(SetSpecField(spec, field.name, *text));
  }
  RETURN_IF_ERROR(ValidateSpec(spec));
  return spec;
}

absl::StatusOr<Command> ReadSubmit(const CommandWords& words) {
  SubmitCommand submit;
  ASSIGN_OR_RETURN(submit.spec, ReadSpec(words));
  if (const auto mode = words.Find("--auto-stop")) {
    ASSIGN_OR_RETURN(submit.auto_stop, ParseAutoStop(*mode));
  }
  submit.name = words.Find("--name").value_or("");
  if (const auto tags = words.flags.find("--tag"); tags != words.flags.end()) {
    submit.tags = tags->second;
  }
  submit.is_private = words.Has("--private");
  ASSIGN_OR_RETURN(submit.priority,
                   ReadWhole(words, "--priority", 0, -kMostPriority, kMostPriority));
  submit.budget = words.Find("--budget").value_or("");
  if (!submit.budget.empty()) RETURN_IF_ERROR(ParseBudget(submit.budget).status());
  submit.has_wait = words.Has("--wait");
  submit.is_dry_run = words.Has("--dry-run");
  return submit;
}

absl::StatusOr<Command> ReadList(const CommandWords& words) {
  ListCommand list;
  list.is_queue = words.Has("--queue");
  std::vector<std::string> conditions;
  if (const auto state = words.Find("--state")) RETURN_IF_ERROR(ParseRunState(*state).status());
  for (const char* field : {"state", "tag", "owner"}) {
    if (const auto value = words.Find(Concat("--", field))) {
      const std::string quoted = absl::StrReplaceAll(*value, {{"\\", "\\\\"}, {"\"", "\\\""}});
      conditions.push_back(Concat(field, " = \"", quoted, "\""));
    }
  }
  if (list.is_queue && !words.Has("--state")) conditions.push_back("state = \"queued\"");
  if (const auto filter = words.Find("--filter")) conditions.push_back(*filter);
  list.filter = Join(conditions, " AND ");
  return list;
}

absl::StatusOr<Command> ReadShow(const CommandWords& words) {
  return ShowCommand{words.operands[0]};
}

absl::StatusOr<Command> ReadWatch(const CommandWords& words) {
  WatchCommand watch{words.operands[0]};
  ASSIGN_OR_RETURN(watch.from_revision, ReadWhole(words, "--from-revision", 0, 0, INT64_MAX));
  return watch;
}

absl::StatusOr<Command> ReadAct(const CommandWords& words) {
  return ActCommand{words.path[1], words.operands[0], words.Has("--yes")};
}

absl::StatusOr<Command> ReadExport(const CommandWords& words) {
  return ExportCommand{words.operands[0]};
}

// Coming back to a comparison changes nothing of it, so nothing may be said about it.
absl::Status CheckNoSpecFlags(const CommandWords& words) {
  for (const CommandFlag& flag : FindCommand(Commands(), words.path)->flags) {
    if (words.Has(flag.name)) {
      return absl::InvalidArgumentError(
          Concat(flag.name, " cannot be changed for the comparison ", Quoted(words.operands[0])));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Command> ReadCompare(const CommandWords& words) {
  CompareCommand compare;
  if (!words.operands.empty()) {
    RETURN_IF_ERROR(CheckNoSpecFlags(words));
    compare.comparison_id = words.operands[0];
    return compare;
  }
  ASSIGN_OR_RETURN(compare.spec, ReadSpec(words));
  const bool has_steps = words.Has("--max-steps") || compare.spec.max_steps != RunSpec().max_steps;
  compare.schedule = words.Find("--schedule")
                         .value_or(has_steps ? Concat(compare.spec.max_steps) : "twice-median");
  RETURN_IF_ERROR(ParseSchedule(compare.schedule).status());
  if (words.Has("--parallel")) compare.mode = ComparisonMode::kParallel;
  compare.is_dry_run = words.Has("--dry-run");
  return compare;
}

absl::StatusOr<Command> ReadQuiz(const CommandWords& words) {
  QuizCommand quiz;
  quiz.run_id = words.operands[0];
  quiz.at = words.Find("--at").value_or("");
  if (const auto asked = words.flags.find("--ask"); asked != words.flags.end()) {
    quiz.questions = asked->second;
  }
  ASSIGN_OR_RETURN(quiz.count, ReadWhole(words, "--count", quiz.count, 1, kMostQuestions));
  ASSIGN_OR_RETURN(const int64_t seed, ReadWhole(words, "--seed", 0, 0, INT64_MAX));
  quiz.seed = static_cast<uint64_t>(seed);
  return quiz;
}

absl::StatusOr<Command> ReadServer(const CommandWords&) {
  return ServerCommand{};
}

absl::StatusOr<Command> ReadAccess(const CommandWords& words) {
  AccessCommand command;
  command.words = Join(words.path, " ");
  if (!words.operands.empty()) command.operand = words.operands[0];
  command.user = words.Find("--user").value_or("");
  command.role = words.Find("--role").value_or("");
  command.name = words.Find("--name").value_or("");
  command.label = words.Find("--label").value_or("");
  if (words.Has("--expires")) {
    ASSIGN_OR_RETURN(const int64_t days, ReadWhole(words, "--expires", 0, 1, kMostDays));
    command.lifetime = absl::Hours(24) * days;
  }
  ASSIGN_OR_RETURN(command.count, ReadWhole(words, "--count", command.count, 1, kMostEntries));
  return command;
}

absl::StatusOr<Command> ReadCompletion(const CommandWords& words) {
  ASSIGN_OR_RETURN(std::string script, CompletionScript(words.operands[0], Commands()));
  return PrintCommand{std::move(script)};
}

using Reader = absl::StatusOr<Command> (*)(const CommandWords&);

Reader ReaderOf(const std::string& path) {
  static const auto& readers = *new std::map<std::string, Reader>{
      {"run submit", ReadSubmit},   {"run list", ReadList},      {"run show", ReadShow},
      {"run watch", ReadWatch},     {"run export", ReadExport},  {"compare", ReadCompare},
      {"quiz", ReadQuiz},           {"server info", ReadServer}, {"completion", ReadCompletion},
      {"run pause", ReadAct},       {"run resume", ReadAct},     {"run stop", ReadAct},
      {"server pair", ReadAccess},  {"server add", ReadAccess},  {"server list", ReadAccess},
      {"server audit", ReadAccess}, {"user add", ReadAccess},    {"user list", ReadAccess},
      {"user remove", ReadAccess},  {"user token", ReadAccess},  {"user tokens", ReadAccess},
      {"user revoke", ReadAccess},  {"run continue", ReadAct},   {"run cancel", ReadAct},
      {"run delete", ReadAct}};
  return readers.at(path);
}

}  // namespace

absl::StatusOr<Invocation> ParseCommandLine(const std::vector<std::string>& arguments) {
  ASSIGN_OR_RETURN(const CommandWords words, ParseWords(Commands(), arguments));
  Invocation invocation;
  ASSIGN_OR_RETURN(invocation.globals, ReadGlobals(words));
  if (words.Has("--version")) {
    invocation.command = PrintCommand{Concat("powerdown ", POWERDOWN_VERSION, "\n")};
    return invocation;
  }
  const bool is_help_command = words.path == std::vector<std::string>{"help"};
  if (words.wants_help || words.path.empty() || is_help_command) {
    const std::vector<std::string>& asked = is_help_command ? words.operands : words.path;
    if (FindCommand(Commands(), asked) == nullptr) {
      return absl::InvalidArgumentError(
          Concat("no help: ", Quoted(Join(asked, " ")), " is not a command"));
    }
    invocation.command = HelpCommand{asked};
    return invocation;
  }
  ASSIGN_OR_RETURN(invocation.command, ReaderOf(Join(words.path, " "))(words));
  return invocation;
}

}  // namespace powerdown
