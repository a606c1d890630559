#include "client/cli/command_line.h"

#include <algorithm>
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
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/energy/budget.h"
#include "common/run/training_schedule.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr double kMostSeconds = 1e9;
constexpr int64_t kMostQuestions = 10000;
constexpr size_t kMostQuizColumns = 8;
constexpr int64_t kMostDays = 36500;
constexpr int64_t kMostPriority = 1000;
constexpr int64_t kMostEntries = 100000;
constexpr double kMostWatts = 1e6;

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

absl::StatusOr<std::string> ReadWholeFile(std::string_view what, const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file || file.bad()) {
    return absl::InvalidArgumentError(
        Concat(what, ": cannot read ", Quoted(path), ": ", std::strerror(errno)));
  }
  return text.str();
}

// A table goes with the spec: its file is on this machine, not on the daemon's.
absl::Status CompleteSpec(RunSpec& spec) {
  if (IsTableTask(spec) && spec.table.empty()) {
    ASSIGN_OR_RETURN(const std::string lines, ReadWholeFile("task", TableFile(spec)));
    RETURN_IF_ERROR(SetSpecField(spec, "table", lines));
  }
  return ValidateSpec(spec);
}

absl::StatusOr<RunSpec> ReadFields(const CommandWords& words) {
  RunSpec spec;
  if (const auto path = words.Find("--spec")) {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile("spec", *path));
    ASSIGN_OR_RETURN(spec, SpecFromToml(text, *path));
  }
  for (const SpecField& field : SpecFields()) {
    const std::string flag = Concat("--", absl::StrReplaceAll(AbslView(field.name), {{"_", "-"}}));
    if (const auto text = words.Find(flag)) RETURN_IF_ERROR(SetSpecField(spec, field.name, *text));
  }
  return spec;
}

absl::StatusOr<RunSpec> ReadSpec(const CommandWords& words) {
  ASSIGN_OR_RETURN(RunSpec spec, ReadFields(words));
  RETURN_IF_ERROR(CompleteSpec(spec));
  return spec;
}

// Every run is checked before the first one is submitted.
absl::StatusOr<std::vector<SweepPoint>> ReadSweep(const CommandWords& words,
                                                  const std::string& text) {
  ASSIGN_OR_RETURN(const RunSpec base, ReadFields(words));
  ASSIGN_OR_RETURN(std::vector<SweepPoint> points, ExpandSweep(base, text));
  for (SweepPoint& point : points) {
    const absl::Status complete = CompleteSpec(point.spec);
    if (!complete.ok()) {
      return absl::Status(complete.code(),
                          Concat("sweep: ", point.label, ": ", StdView(complete.message())));
    }
  }
  return points;
}

absl::StatusOr<Command> ReadSubmit(const CommandWords& words) {
  SubmitCommand submit;
  if (const auto sweep = words.Find("--sweep")) {
    ASSIGN_OR_RETURN(submit.sweep, ReadSweep(words, *sweep));
  } else {
    ASSIGN_OR_RETURN(submit.spec, ReadSpec(words));
  }
  if (const auto mode = words.Find("--auto-stop")) {
    ASSIGN_OR_RETURN(submit.auto_stop, ParseAutoStop(*mode));
  }
  ASSIGN_OR_RETURN(submit.abandon, ReadChoice<AutoStop>(words, "--abandon", AutoStop::kOff,
                                                        {{"off", AutoStop::kOff},
                                                         {"observe", AutoStop::kObserve},
                                                         {"on", AutoStop::kOn}}));
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
  for (const char* field : {"state", "tag", "owner", "task", "model"}) {
    if (const auto value = words.Find(Concat("--", field))) {
      const std::string quoted = absl::StrReplaceAll(*value, {{"\\", "\\\\"}, {"\"", "\\\""}});
      conditions.push_back(Concat(field, " = \"", quoted, "\""));
    }
  }
  if (list.is_queue && !words.Has("--state")) conditions.push_back("state = \"queued\"");
  if (const auto filter = words.Find("--filter")) conditions.push_back(*filter);
  if (words.Has("--recorded")) conditions.push_back("origin = \"any\"");
  list.sort = words.Find("--sort").value_or("");
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
  return ExportCommand{words.operands[0], words.Find("--bundle").value_or("")};
}

std::vector<std::string> All(const CommandWords& words, const std::string& flag) {
  const auto found = words.flags.find(flag);
  return found == words.flags.end() ? std::vector<std::string>() : found->second;
}

bool HasSpecFlag(const CommandWords& words) {
  if (words.Has("--spec")) return true;
  for (const SpecField& field : SpecFields()) {
    if (words.Has(Concat("--", absl::StrReplaceAll(AbslView(field.name), {{"_", "-"}})))) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<Command> ReadImport(const CommandWords& words) {
  ImportCommand import;
  import.files = words.operands;
  import.run.name = words.Find("--name").value_or("");
  import.run.notes = words.Find("--notes").value_or("");
  import.run.tags = All(words, "--tag");
  import.run.spec.task = kUnknownTask;
  if (HasSpecFlag(words)) {
    ASSIGN_OR_RETURN(import.run.spec, ReadSpec(words));
    import.run.max_steps = import.run.spec.max_steps;
  }
  return import;
}

absl::StatusOr<Command> ReadEdit(const CommandWords& words) {
  EditCommand edit{.run_id = words.operands[0]};
  edit.edit.name = words.Find("--name");
  edit.edit.notes = words.Find("--notes");
  edit.added_tags = All(words, "--tag");
  edit.removed_tags = All(words, "--untag");
  return edit;
}

absl::StatusOr<Command> ReadRecord(const CommandWords& words) {
  RecordCommand record;
  record.grid_file = words.operands[0];
  record.folder = words.Find("--into").value_or("recorded");
  ASSIGN_OR_RETURN(record.at_once, ReadWhole(words, "--at-once", 1, 1, 64));
  return record;
}

absl::StatusOr<Command> ReadReplay(const CommandWords& words) {
  return ReplayCommand{words.operands, words.Find("--predictor").value_or("")};
}

absl::StatusOr<Command> ReadPredictor(const CommandWords& words) {
  return PredictorCommand{.verb = words.path[1],
                          .file = words.Find("--predictor").value_or(""),
                          .folder = words.Find("--recorded").value_or(""),
                          .tried = words.Find("--on").value_or(""),
                          .has_own_runs = words.Has("--own"),
                          .knows_specs = !words.Has("--without-specs"),
                          .tells_each = words.Has("--each")};
}

absl::StatusOr<Command> ReadForecast(const CommandWords& words) {
  ForecastCommand forecast;
  forecast.predictor_file = words.Find("--predictor").value_or("");
  forecast.has_probe = !words.Has("--no-probe");
  if (!words.operands.empty()) {
    forecast.run_id = words.operands[0];
    return forecast;
  }
  ASSIGN_OR_RETURN(forecast.spec, ReadSpec(words));
  return forecast;
}

absl::StatusOr<Command> ReadReport(const CommandWords& words) {
  return ReportCommand{.filter = words.operands.empty() ? "" : words.operands[0],
                       .folder = words.Find("--recorded").value_or("")};
}

absl::StatusOr<Command> ReadDemo(const CommandWords& words) {
  DemoCommand demo;
  ASSIGN_OR_RETURN(const int64_t speed, ReadWhole(words, "--speed", 100, 1, 1000));
  demo.speed = static_cast<double>(speed);
  demo.is_simulated = words.Has("--simulate");
  demo.predictor_file = words.Find("--predictor").value_or("");
  if (!words.operands.empty()) demo.run_id = words.operands[0];
  if (demo.is_simulated || HasSpecFlag(words)) {
    demo.is_simulated = true;
    ASSIGN_OR_RETURN(demo.spec, ReadSpec(words));
  }
  return demo;
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
  quiz.run_ids = words.operands;
  if (const auto ats = words.flags.find("--at"); ats != words.flags.end()) quiz.ats = ats->second;
  if (quiz.run_ids.size() * std::max<size_t>(1, quiz.ats.size()) > kMostQuizColumns) {
    return absl::InvalidArgumentError(
        Concat("quiz: too many models; allowed: ", kMostQuizColumns, " side by side"));
  }
  quiz.grid_file = words.Find("--grid").value_or("");
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

absl::StatusOr<Command> ReadAdmin(const CommandWords& words) {
  return AdminCommand{words.path.back(), words.operands.empty() ? "" : words.operands[0]};
}

absl::StatusOr<Command> ReadLogs(const CommandWords& words) {
  return LogsCommand{words.operands[0]};
}

absl::StatusOr<Command> ReadFleet(const CommandWords& words) {
  FleetCommand fleet{.id = words.operands[0]};
  ASSIGN_OR_RETURN(fleet.runs_per_year,
                   ReadWhole(words, "--runs-per-year", 0, 1, 1'000'000'000'000));
  return fleet;
}

absl::StatusOr<Command> ReadAccess(const CommandWords& words) {
  AccessCommand command;
  command.words = Join(words.path, " ");
  if (!words.operands.empty()) command.operand = words.operands[0];
  command.user = words.Find("--user").value_or("");
  command.role = words.Find("--role").value_or("");
  command.name = words.Find("--name").value_or("");
  command.label = words.Find("--label").value_or("");
  command.budget = words.Find("--set").value_or("");
  command.period = words.Find("--per").value_or("day");
  if (!command.budget.empty() && command.operand.empty()) {
    return absl::InvalidArgumentError("user budget --set: whose? Name the user");
  }
  if (words.Has("--expires")) {
    ASSIGN_OR_RETURN(const int64_t days, ReadWhole(words, "--expires", 0, 1, kMostDays));
    command.lifetime = absl::Hours(24) * days;
  }
  ASSIGN_OR_RETURN(command.count, ReadWhole(words, "--count", command.count, 1, kMostEntries));
  return command;
}

absl::StatusOr<Command> ReadLedger(const CommandWords&) {
  return LedgerCommand{};
}

absl::StatusOr<Command> ReadMeters(const CommandWords&) {
  return MetersCommand{};
}

absl::StatusOr<Command> ReadWatchPower(const CommandWords& words) {
  WatchPowerCommand watch;
  ASSIGN_OR_RETURN(watch.count, ReadWhole(words, "--count", 0, 1, INT64_MAX));
  return watch;
}

absl::StatusOr<Command> ReadBaseline(const CommandWords&) {
  return BaselineCommand{};
}

absl::StatusOr<double> ReadWatts(const CommandWords& words, const std::string& flag) {
  const std::string text = words.Find(flag).value_or("0");
  double watts = 0;
  if (absl::SimpleAtod(text, &watts) && watts >= 0 && watts <= kMostWatts) return watts;
  return absl::InvalidArgumentError(
      Concat(flag, ": ", Quoted(text), " is not allowed; allowed: watts from 0 to ", kMostWatts));
}

absl::StatusOr<Command> ReadCalibrate(const CommandWords& words) {
  CalibrateCommand calibrate{.device = words.operands[0], .forget = words.Has("--forget")};
  if (calibrate.forget == words.Has("--plug-watts")) {
    return absl::InvalidArgumentError("power calibrate needs --plug-watts, or --forget");
  }
  ASSIGN_OR_RETURN(const double plug, ReadWatts(words, "--plug-watts"));
  ASSIGN_OR_RETURN(const double rest, ReadWatts(words, "--rest-watts"));
  if (!calibrate.forget && plug <= rest) {
    return absl::InvalidArgumentError("--plug-watts must be more than --rest-watts");
  }
  calibrate.plug = Watts(plug - rest);
  return calibrate;
}

absl::StatusOr<Command> ReadCompletion(const CommandWords& words) {
  ASSIGN_OR_RETURN(std::string script, CompletionScript(words.operands[0], Commands()));
  return PrintCommand{std::move(script)};
}

using Reader = absl::StatusOr<Command> (*)(const CommandWords&);

Reader ReaderOf(const std::string& path) {
  static const auto& readers =
      *new std::map<std::string, Reader>{{"run submit", ReadSubmit},
                                         {"run list", ReadList},
                                         {"run show", ReadShow},
                                         {"run watch", ReadWatch},
                                         {"run logs", ReadLogs},
                                         {"run export", ReadExport},
                                         {"run import", ReadImport},
                                         {"run edit", ReadEdit},
                                         {"run pause", ReadAct},
                                         {"run resume", ReadAct},
                                         {"run stop", ReadAct},
                                         {"run continue", ReadAct},
                                         {"run cancel", ReadAct},
                                         {"run delete", ReadAct},
                                         {"compare", ReadCompare},
                                         {"quiz", ReadQuiz},
                                         {"fleet", ReadFleet},
                                         {"record", ReadRecord},
                                         {"forecast", ReadForecast},
                                         {"report", ReadReport},
                                         {"replay", ReadReplay},
                                         {"demo", ReadDemo},
                                         {"predictor show", ReadPredictor},
                                         {"predictor train", ReadPredictor},
                                         {"predictor evaluate", ReadPredictor},
                                         {"server info", ReadServer},
                                         {"server doctor", ReadAdmin},
                                         {"server backup", ReadAdmin},
                                         {"server restore", ReadAdmin},
                                         {"server pair", ReadAccess},
                                         {"server add", ReadAccess},
                                         {"server list", ReadAccess},
                                         {"server audit", ReadAccess},
                                         {"user add", ReadAccess},
                                         {"user list", ReadAccess},
                                         {"user budget", ReadAccess},
                                         {"user remove", ReadAccess},
                                         {"user token", ReadAccess},
                                         {"user tokens", ReadAccess},
                                         {"user revoke", ReadAccess},
                                         {"power meters", ReadMeters},
                                         {"power ledger", ReadLedger},
                                         {"power watch", ReadWatchPower},
                                         {"power baseline", ReadBaseline},
                                         {"power calibrate", ReadCalibrate},
                                         {"completion", ReadCompletion}};
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
