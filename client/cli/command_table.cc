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

CommandTree Plain(std::string name, std::string help) {
  CommandTree command;
  command.name = std::move(name);
  command.help = std::move(help);
  return command;
}

CommandTree On(std::string operand, std::string name, std::string help) {
  CommandTree command = Plain(std::move(name), std::move(help));
  command.operand.name = std::move(operand);
  return command;
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
  server.commands.push_back(std::move(pair));
  server.commands.push_back(std::move(add));
  server.commands.push_back(Plain("list", "the servers that this computer knows"));
  server.commands.push_back(std::move(audit));
  return server;
}

CommandTree User() {
  CommandTree user = Plain("user", "who may use the daemon");
  user.examples = {"powerdown user add ada --role submitter", "powerdown user list"};
  CommandTree add = On("NAME", "add", "add a user, or change a user's role");
  add.flags = {Flag("--role", "ROLE", "viewer, submitter or admin [submitter]")};
  CommandTree token = On("NAME", "token", "make a token; it is printed this once");
  token.operand.is_required = false;
  token.examples = {"powerdown user token ada --label ci --expires 30"};
  token.flags = {Flag("--label", "TEXT", "what it is for"),
                 Flag("--expires", "DAYS", "how long it is good for [until revoked]")};
  user.commands.push_back(std::move(add));
  user.commands.push_back(Plain("list", "all users"));
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
