#include "client/cli/command_table.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "common/base/text.h"
#include "common/run/run_spec.h"

namespace powerdown {
namespace {

constexpr char kOwn[] = "Flags";
constexpr char kSpec[] = "SPEC: what to train";
constexpr char kEverywhere[] = "Flags of every command";

CommandFlag Flag(std::string name, std::string value, std::string help) {
  return {
      .name = std::move(name), .value = std::move(value), .help = std::move(help), .group = kOwn};
}
CommandFlag Repeatable(std::string name, std::string value, std::string help) {
  CommandFlag flag = Flag(std::move(name), std::move(value), std::move(help));
  flag.is_repeatable = true;
  return flag;
}

std::string ValueName(const SpecField& field) {
  if (std::holds_alternative<std::string RunSpec::*>(field.member)) {
    return "NAME";
  }
  return std::holds_alternative<int64_t RunSpec::*>(field.member) ? "N" : "NUMBER";
}

CommandFlag PredictorFlag() {
  return Flag("--predictor", "FILE", "weights [the shipped ones]");
}

void AddSpecFlags(CommandTree& command) {
  const RunSpec defaults;
  for (const SpecField& field : SpecFields()) {
    if (field.is_content) continue;
    command.flags.push_back(
        {.name = Concat("--", absl::StrReplaceAll(AbslView(field.name), {{"_", "-"}})),
         .value = ValueName(field),
         .help = Concat(field.help, field.choices.size() < 2 ? "" : ": ",
                        field.choices.size() < 2 ? "" : Join(field.choices, ", "), " [",
                        SpecFieldText(defaults, field), "]"),
         .group = kSpec});
  }
  command.flags.push_back({.name = "--spec",
                           .value = "FILE.toml",
                           .help = "read these fields from a file; flags come before it",
                           .group = kSpec});
}

CommandTree Submit() {
  CommandTree submit{
      .name = "submit",
      .help = "train a network; the run is in the queue when this returns",
      .examples = {"powerdown run submit --task multiplication --modulus 97 --wait",
                   "powerdown run submit --spec run.toml --seed 3 --output json",
                   "powerdown run submit --sweep 'seed=0..9,weight_decay=0.3|1|3' --name decay"},
      .flags = {Flag("--auto-stop", "off|observe|on|planned",
                     "end the run when it has grokked; planned: also pause at the upper bound of "
                     "its forecast [on]"),
                Flag("--abandon", "off|observe|on",
                     "end a run that will not grok within its budget [off]"),
                Flag("--name", "NAME", "shown in lists"),
                Repeatable("--tag", "TAG", "to find it again; may be repeated"),
                Flag("--sweep", "FIELDS",
                     "queue every combination, up to 500: 'seed=0..9,weight_decay=0.3|1|3'"),
                Flag("--budget", "AMOUNT", "pause when it is used up: 5Wh, 2gCO2 or 0.01USD"),
                Flag("--priority", "N", "higher ones start first; above 0 takes an admin [0]"),
                Flag("--private", "", "seen by you and admins only"),
                Flag("--wait", "", "return at the run's end; exit code 6 if it failed"),
                Flag("--dry-run", "", "check everything, train nothing")}};
  AddSpecFlags(submit);
  return submit;
}

CommandTree List() {
  return {
      .name = "list",
      .help = "all runs, the newest first",
      .examples = {"powerdown run list --state running",
                   "powerdown run list --filter 'tag = \"night\" AND owner = \"ada\"'"},
      .flags = {Flag("--state", "STATE",
                     "queued, running, paused, stopped, finished, failed or cancelled"),
                Flag("--tag", "TAG", "with this tag"), Flag("--owner", "OWNER", "of this user"),
                Flag("--filter", "EXPRESSION",
                     "state, tag, owner and fields of SPEC, each with =, joined by AND"),
                Flag("--task", "TASK", "of this task"), Flag("--model", "MODEL", "of this kind"),
                Flag("--recorded", "", "recorded and imported runs too"),
                Flag("--sort", "FIELD",
                     "name, task, steps, memorised_step, grok_step, validation_accuracy, energy or "
                     "created_at; -FIELD: greatest first [-created_at]"),
                Flag("--queue", "", "what waits, in order, and why")}};
}

CommandTree Watch() {
  return {.name = "watch",
          .help = "follow a run until it ends; Ctrl-C leaves it running",
          .examples = {"powerdown run watch 01k9",
                       "powerdown run watch 01k9 --output jsonl > run.jsonl"},
          .operand = {.name = "RUN"},
          .flags = {Flag("--from-revision", "N", "begin with this revision [0]")}};
}

CommandTree Act(std::string verb, std::string help) {
  return {.name = std::move(verb), .help = std::move(help), .operand = {.name = "RUN"}};
}

CommandTree Import() {
  CommandTree import{
      .name = "import",
      .help = "take in bundles, or logs (CSV, JSON lines) of training loops written elsewhere",
      .examples = {"powerdown run import run.jsonl.zst",
                   "powerdown run import log.csv --task multiplication --modulus 97"},
      .operand = {.name = "FILE", .is_repeatable = true},
      .flags = {Flag("--name", "NAME", "of a log; its file's name if not said"),
                Flag("--notes", "TEXT", "of a log"),
                Repeatable("--tag", "TAG", "of a log; may be repeated")}};
  AddSpecFlags(import);
  return import;
}

CommandTree Edit() {
  return {.name = "edit",
          .help = "change a run's name, notes and tags",
          .examples = {"powerdown run edit 01k9 --tag paper --notes 'groks twice'"},
          .operand = {.name = "RUN"},
          .flags = {Flag("--name", "NAME", "shown in lists"), Flag("--notes", "TEXT", "free text"),
                    Repeatable("--tag", "TAG", "add it; may be repeated"),
                    Repeatable("--untag", "TAG", "take it off; may be repeated")}};
}

CommandTree RunCommands() {
  CommandTree deletion = Act("delete", "remove a run that has ended, with its checkpoints");
  deletion.flags = {Flag("--yes", "", "do not ask")};
  CommandTree export_command = Act("export", "its step reports as CSV on stdout");
  export_command.examples = {"powerdown run export 01k9 > run.csv",
                             "powerdown run export 01k9 --bundle run.jsonl.zst"};
  export_command.flags = {Flag("--bundle", "FILE", "write the whole run, to be imported again")};
  return {.name = "run",
          .help = "submit, list, watch and steer runs",
          .examples = {"powerdown run submit --task subtraction", "powerdown run watch 01k9"},
          .commands = {Submit(), List(), Act("show", "all that is known of a run"), Watch(),
                       Act("logs", "what its workers said on stderr"),
                       Act("pause", "checkpoint and wait; resume goes on"),
                       Act("resume", "end a pause"), Act("stop", "finish now and keep the run"),
                       Act("continue", "take an automatic stop back, bit for bit"),
                       Act("cancel", "give a run up"), std::move(deletion),
                       std::move(export_command), Import(), Edit()}};
}

CommandTree Compare() {
  CommandTree compare{
      .name = "compare",
      .help = "train a network as long as usual, and show what stopping it in time saves",
      .examples = {"powerdown compare", "powerdown compare --task multiplication --seed 1",
                   "powerdown compare --schedule literature", "powerdown compare 01k9"},
      .operand = {.name = "COMPARISON", .is_required = false},
      .flags = {Flag("--schedule", "POLICY",
                     "how long is usual: twice-median, prototype, literature, or steps "
                     "[twice-median; --max-steps if given]"),
                Flag("--parallel", "", "train both, and check that they agree bit for bit"),
                Flag("--dry-run", "", "check everything, train nothing")}};
  AddSpecFlags(compare);
  return compare;
}

CommandTree Quiz() {
  return {.name = "quiz",
          .help = "ask networks questions; one run at each stage of its learning, if not said",
          .examples = {"powerdown quiz 01k9", "powerdown quiz 01k9 --at grokked --ask '17 + 44'",
                       "powerdown quiz 01k9 --at latest         the live model, while it trains",
                       "powerdown quiz 01k9 --grid table.png    every question, as a picture",
                       "powerdown quiz 01k9 --at all --grid table.png    one for each checkpoint"},
          .operand = {.name = "RUN", .is_repeatable = true},
          .flags = {Repeatable("--at", "POINT",
                               "a step, a checkpoint's id, latest, memorised, grokked, stop, best, "
                               "last, or all; may be repeated"),
                    Repeatable("--ask", "QUESTION", "\"17 + 44\"; may be repeated"),
                    Flag("--count", "N", "how many held-out questions [10]"),
                    Flag("--seed", "N", "which ones [0]"),
                    Flag("--grid", "FILE.png", "draw the answers to all questions instead")}};
}

CommandTree Replay() {
  return {.name = "replay",
          .help = "what the stop rule would have done with recorded runs, one report at a time",
          .examples = {"powerdown replay 01k9", "powerdown replay training-log.csv --output json"},
          .operand = {.name = "RUN|FILE", .is_repeatable = true},
          .flags = {PredictorFlag()}};
}

CommandTree Plain(std::string name, std::string help) {
  CommandTree command;
  command.name = std::move(name);
  command.help = std::move(help);
  return command;
}

CommandTree Predictor() {
  CommandTree predictor{.name = "predictor", .help = "the weights that forecasts are made with"};
  const auto add = [&](std::string name, std::string help) {
    CommandTree command = Plain(std::move(name), std::move(help));
    command.flags = {PredictorFlag(),
                     Flag("--recorded", "FOLDER", "runs to learn from [the shipped ones]"),
                     Flag("--own", "", "and the daemon's own runs")};
    predictor.commands.push_back(std::move(command));
  };
  add("show", "version, hash and what they were trained on");
  add("train", "make weights from recorded runs; written to --predictor [predictor.json]");
  add("evaluate", "errors and coverage on operations that were left out of training");
  predictor.commands.back().flags.push_back(
      Flag("--on", "FOLDER", "runs to be judged on [those that it learns from]"));
  predictor.commands.back().flags.push_back(Flag(
      "--without-specs", "", "as of logs from elsewhere, of which only the reports are known"));
  predictor.commands.back().flags.push_back(
      Flag("--each", "", "the forecasts of each run instead, by weights without its operation"));
  return predictor;
}

CommandTree Forecast() {
  CommandTree forecast{
      .name = "forecast",
      .help = "when a run will grok, and what it will cost, each with an interval",
      .examples = {"powerdown forecast --task multiplication --modulus 43",
                   "powerdown forecast 01k9"},
      .operand = {.name = "RUN", .is_required = false},
      .flags = {PredictorFlag(),
                Flag("--no-probe", "", "train no 20 steps to learn what a step costs here")}};
  AddSpecFlags(forecast);
  return forecast;
}

CommandTree Report() {
  return {.name = "report",
          .help = "share of energy after generalisation, by task, model and hardware",
          .examples = {"powerdown report", "powerdown report 'task = \"addition\"'",
                       "powerdown report 'origin = \"any\"'        the recorded runs too"},
          .operand = {.name = "FILTER", .is_required = false},
          .flags = {Flag("--recorded", "FOLDER", "of these bundles, without a daemon")}};
}

CommandTree Demo() {
  CommandTree demo{
      .name = "demo",
      .help = "a recorded run, or a modelled one, in the live view; needs no daemon",
      .examples = {"powerdown demo", "powerdown demo --speed 1000 --simulate --task division"},
      .operand = {.name = "RUN", .is_required = false},
      .flags = {Flag("--speed", "1..1000", "times as fast as it was [100]"),
                Flag("--simulate", "", "model a run of SPEC that was never trained"),
                PredictorFlag()}};
  AddSpecFlags(demo);
  return demo;
}

CommandTree Record() {
  return {.name = "record",
          .help = "train every run of a designed grid that is not recorded yet, as bundles",
          .examples = {"powerdown record deploy/recorded/GRID.toml --into deploy/recorded"},
          .operand = {.name = "GRID.toml"},
          .flags = {Flag("--into", "FOLDER", "where the bundles are [recorded]"),
                    Flag("--at-once", "N", "runs in the queue at a time [1]")}};
}

CommandTree On(std::string operand, std::string name, std::string help) {
  CommandTree command = Plain(std::move(name), std::move(help));
  command.operand.name = std::move(operand);
  return command;
}

CommandTree Power() {
  return {.name = "power",
          .help = "meters, live power, power at rest, and where the energy went",
          .examples = {"powerdown power meters", "powerdown power watch --output jsonl --count 20",
                       "powerdown power calibrate cpu --plug-watts 84 --rest-watts 31"},
          .commands = {
              {.name = "meters", .help = "each source of power, and why it is or is not used"},
              {.name = "ledger", .help = "all energy of the box, by what it went into"},
              {.name = "watch",
               .help = "the power of each device, as it is measured; Ctrl-C ends it",
               .flags = {Flag("--count", "N", "end after this many samples [never]")}},
              {.name = "baseline",
               .help = "measure the power at rest; waits until the box rests, at most a minute"},
              {.name = "calibrate",
               .help = "tell what a plug meter shows now, at two to five different loads",
               .operand = {.name = "DEVICE"},
               .flags = {Flag("--plug-watts", "WATTS", "what the plug meter shows"),
                         Flag("--rest-watts", "WATTS", "how much of it other parts draw [0]"),
                         Flag("--forget", "", "drop what was told of this device")}}}};
}

CommandTree Fleet() {
  return {.name = "fleet",
          .help = "what stopping in time would save a year, of runs like this one",
          .examples = {"powerdown fleet 01k9 --runs-per-year 5000"},
          .operand = {.name = "RUN|COMPARISON"},
          .flags = {Flag("--runs-per-year", "N", "how many [1,000 to 1,000,000]")}};
}

CommandTree Server() {
  CommandTree server{.name = "server", .help = "the daemon"};
  server.commands.push_back({.name = "info", .help = "version, address and load of the daemon"});
  CommandTree pair = Plain("pair", "on the box: a one-time string that lets another computer in");
  pair.examples = {"powerdown server pair --user ada"};
  pair.flags = {Flag("--user", "NAME", "whom it lets in; made if new [the daemon's own]"),
                Flag("--role", "ROLE", "of a new user: viewer, submitter, admin [submitter]")};
  CommandTree add =
      On("PAIRING", "add", "on the laptop: take what `server pair` printed; - reads it from stdin");
  add.examples = {"powerdown server add powerdown://10.0.0.5:7000/…/… --name box"};
  add.flags = {Flag("--name", "NAME", "what to call the server here [its host]"),
               Flag("--label", "TEXT", "what the server calls this computer [its name]")};
  CommandTree audit = Plain("audit", "who did what and when, the newest first");
  audit.flags = {Flag("--count", "N", "how many entries [50]")};
  server.commands.push_back(
      Plain("doctor", "what keeps the box from doing its work well; exit 1 if anything failed"));
  server.commands.push_back(
      Plain("backup", "copy the database, while it is in use, into the box's state folder"));
  server.commands.push_back(
      On("BACKUP", "restore", "put a backup in the database's place at the daemon's next start"));
  server.commands.push_back(std::move(pair));
  server.commands.push_back(std::move(add));
  server.commands.push_back(Plain("list", "the servers that this computer knows"));
  server.commands.push_back(std::move(audit));
  return server;
}

CommandTree User() {
  CommandTree user = Plain("user", "who may use the daemon");
  user.examples = {"powerdown user add ada --role submitter",
                   "powerdown user budget ada --set 5Wh --per week", "powerdown user list"};
  CommandTree add = On("NAME", "add", "add a user, or change a user's role");
  add.flags = {Flag("--role", "ROLE", "viewer, submitter or admin [submitter]")};
  CommandTree token = On("NAME", "token", "make a token; it is printed this once");
  token.operand.is_required = false;
  token.examples = {"powerdown user token ada --label ci --expires 30"};
  token.flags = {Flag("--label", "TEXT", "what it is for"),
                 Flag("--expires", "DAYS", "how long it is good for [until revoked]")};
  user.commands.push_back(std::move(add));
  CommandTree budget =
      On("NAME", "budget", "what a user [you] may use in a period, and has used; an admin sets it");
  budget.operand.is_required = false;
  budget.examples = {"powerdown user budget ada --set 5Wh --per week",
                     "powerdown user budget ada --set none --per week"};
  budget.flags = {Flag("--set", "BUDGET", "5Wh, 2gCO2, 0.01USD, or none"),
                  Flag("--per", "PERIOD", "day, week or month, of UTC [day]")};
  user.commands.push_back(Plain("list", "all users, with their budgets"));
  user.commands.push_back(std::move(budget));
  user.commands.push_back(
      On("NAME", "remove", "remove a user and all their tokens; their runs stay"));
  user.commands.push_back(std::move(token));
  user.commands.push_back(Plain("tokens", "your tokens; an admin sees all"));
  user.commands.push_back(On("TOKEN", "revoke", "end a token at once"));
  return user;
}

CommandTree Completion() {
  return {.name = "completion",
          .help = "print a completion script for a shell",
          .examples = {"powerdown completion bash > /etc/bash_completion.d/powerdown"},
          .operand = {.name = "bash|zsh|fish"}};
}

CommandTree Help() {
  return {.name = "help",
          .help = "print help on a command",
          .examples = {"powerdown help run submit"},
          .operand = {.name = "COMMAND", .is_required = false, .is_repeatable = true}};
}

CommandTree MakeCommands() {
  CommandTree tree{
      .name = "powerdown",
      .help = "Trains small networks that grok, meters their energy, and stops them in time.",
      .examples = {"powerdown compare                            usual against stopped, live",
                   "powerdown run submit --task multiplication   train one; stops when it grokked",
                   "powerdown quiz RUN                           what it knew before and after",
                   "powerdown run list --output json             for scripts"},
      .flags = {
          {"--server", "ADDRESS",
           "unix:PATH, HOST:PORT or a name [POWERDOWN_SERVER, or a local one]", kEverywhere},
          {"--output", "FORMAT", "table, json, jsonl or csv [table]", kEverywhere},
          {"--color", "WHEN", "auto, never or always [auto; NO_COLOR is heeded]", kEverywhere},
          {"--no-input", "", "never ask", kEverywhere},
          {"--timeout", "SECONDS",
           "wait this long for an answer [30], and for the end of a run [ever]", kEverywhere},
          {"--version", "", "print the version", kEverywhere},
          {"--help", "", "print this; also -h", kEverywhere}}};
  tree.commands.push_back(Compare());
  tree.commands.push_back(RunCommands());
  tree.commands.push_back(Quiz());
  tree.commands.push_back(Replay());
  tree.commands.push_back(Forecast());
  tree.commands.push_back(Report());
  tree.commands.push_back(Fleet());
  tree.commands.push_back(Demo());
  tree.commands.push_back(Predictor());
  tree.commands.push_back(Record());
  tree.commands.push_back(Power());
  tree.commands.push_back(Server());
  tree.commands.push_back(User());
  tree.commands.push_back(Completion());
  tree.commands.push_back(Help());
  return tree;
}

}  // namespace

const CommandTree& Commands() {
  static const auto& commands = *new CommandTree(MakeCommands());
  return commands;
}

}  // namespace powerdown
