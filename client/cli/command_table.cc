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
      .flags = {Flag("--auto-stop", "off|observe|on", "end the run when it has grokked [on]"),
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
                Flag("--filter", "EXPRESSION", "state, tag and owner, each with =, joined by AND"),
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

CommandTree RunCommands() {
  CommandTree deletion = Act("delete", "remove a run that has ended, with its checkpoints");
  deletion.flags = {Flag("--yes", "", "do not ask")};
  CommandTree export_command = Act("export", "its step reports as CSV on stdout");
  export_command.examples = {"powerdown run export 01k9 > run.csv"};
  return {
      .name = "run",
      .help = "submit, list, watch and steer runs",
      .examples = {"powerdown run submit --task subtraction", "powerdown run watch 01k9"},
      .commands = {Submit(), List(), Act("show", "all that is known of a run"), Watch(),
                   Act("pause", "checkpoint and wait; resume goes on"),
                   Act("resume", "end a pause"), Act("stop", "finish now and keep the run"),
                   Act("continue", "take an automatic stop back, bit for bit"),
                   Act("cancel", "give a run up"), std::move(deletion), std::move(export_command)}};
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

CommandTree Power() {
  return {.name = "power",
          .help = "meters, live power, and power at rest",
          .examples = {"powerdown power meters", "powerdown power watch --output jsonl --count 20",
                       "powerdown power calibrate cpu --plug-watts 84 --rest-watts 31"},
          .commands = {
              {.name = "meters", .help = "each source of power, and why it is or is not used"},
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
  tree.commands.push_back(Power());
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
