#include "client/cli/command_table.h"

#include <utility>

#include "absl/strings/str_replace.h"
#include "common/run_spec.h"
#include "common/text.h"

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
                   "powerdown run submit --spec run.toml --seed 3 --output json"},
      .flags = {Flag("--auto-stop", "off|observe|on|planned",
                     "end the run when it has grokked; planned: also pause at the upper bound of "
                     "its forecast [on]"),
                Flag("--abandon", "off|observe|on",
                     "end a run that will not grok within its budget [off]"),
                Flag("--name", "NAME", "shown in lists"),
                Repeatable("--tag", "TAG", "to find it again; may be repeated"),
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
  return {
      .name = "quiz",
      .help = "ask a trained network questions; before and after it grokked, if not said",
      .examples = {"powerdown quiz 01k9", "powerdown quiz 01k9 --at grokked --ask '17 + 44'"},
      .operand = {.name = "RUN"},
      .flags = {Flag("--at", "POINT", "a step, or latest, memorised, grokked, stop, best, last"),
                Repeatable("--ask", "QUESTION", "\"17 + 44\"; may be repeated"),
                Flag("--count", "N", "how many held-out questions [10]"),
                Flag("--seed", "N", "which ones [0]")}};
}

CommandTree Replay() {
  return {.name = "replay",
          .help = "what the stop rule would have done with recorded runs, one report at a time",
          .examples = {"powerdown replay 01k9", "powerdown replay training-log.csv --output json"},
          .operand = {.name = "RUN|FILE", .is_repeatable = true},
          .flags = {PredictorFlag()}};
}

CommandTree Predictor() {
  CommandTree predictor{.name = "predictor", .help = "the weights that forecasts are made with"};
  const auto add = [&](std::string name, std::string help) {
    predictor.commands.push_back(
        {.name = std::move(name),
         .help = std::move(help),
         .flags = {PredictorFlag(),
                   Flag("--recorded", "FOLDER", "runs to learn from [the shipped ones]"),
                   Flag("--own", "", "and the daemon's own runs")}});
  };
  add("show", "version, hash and what they were trained on");
  add("train", "make weights from recorded runs; written to --predictor [predictor.json]");
  add("evaluate", "errors and coverage on operations that were left out of training");
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
          .examples = {"powerdown report", "powerdown report 'task = \"addition\"'"},
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

CommandTree Server() {
  CommandTree server{.name = "server", .help = "the daemon"};
  server.commands.push_back({.name = "info", .help = "version, address and load of the daemon"});
  return server;
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
          {"--server", "ADDRESS", "unix:PATH or HOST:PORT [POWERDOWN_SERVER, or a local one]",
           kEverywhere},
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
  tree.commands.push_back(Demo());
  tree.commands.push_back(Predictor());
  tree.commands.push_back(Record());
  tree.commands.push_back(Server());
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
