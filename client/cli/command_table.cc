#include "client/cli/command_table.h"

#include "client/cli/commands/commands.h"

namespace powerdown {
namespace {

constexpr char kEverywhere[] = "Flags of every command";

CommandTree RunCommands() {
  return {.name = "run",
          .help = "submit, list, watch and control runs",
          .examples = {"powerdown run submit --task subtraction", "powerdown run watch 01k9"},
          .commands = {RunSubmitCommand(), RunListCommand(), RunShowCommand(), RunWatchCommand(),
                       RunLogsCommand(), RunPauseCommand(), RunResumeCommand(), RunStopCommand(),
                       RunContinueCommand(), RunCancelCommand(), RunDeleteCommand(),
                       RunRetryCommand(), RunCloneCommand(), RunDiffCommand(), RunWaitCommand(),
                       RunExportCommand(), RunImportCommand(), RunEditCommand()}};
}

CommandTree PredictorCommands() {
  return {
      .name = "predictor",
      .help = "the weights that forecasts use",
      .commands = {PredictorShowCommand(), PredictorTrainCommand(), PredictorEvaluateCommand()}};
}

CommandTree PowerCommands() {
  return {.name = "power",
          .help = "meters, live power, power at rest, and where the energy went",
          .examples = {"powerdown power meters", "powerdown power watch --output jsonl --count 20",
                       "powerdown power calibrate cpu --plug-watts 84 --rest-watts 31"},
          .commands = {PowerMetersCommand(), PowerLedgerCommand(), PowerWatchCommand(),
                       PowerBaselineCommand(), PowerCalibrateCommand()}};
}

CommandTree ServerCommands() {
  return {.name = "server",
          .help = "the daemon: its state, backups, pairing",
          .commands = {ServerInfoCommand(), ServerDoctorCommand(), ServerBackupCommand(),
                       ServerRestoreCommand(), ServerPairCommand(), ServerAddCommand(),
                       ServerListCommand(), ServerUseCommand(), ServerRemoveCommand(),
                       ServerRenameCommand(), ServerAuditCommand()}};
}

CommandTree UserCommands() {
  return {
      .name = "user",
      .help = "users, their energy budgets and tokens",
      .examples = {"powerdown user add ada --role submitter",
                   "powerdown user budget ada --set 5Wh --per week", "powerdown user list"},
      .commands = {UserAddCommand(), UserListCommand(), UserBudgetCommand(), UserRemoveCommand(),
                   UserTokenCommand(), UserTokensCommand(), UserRevokeCommand()}};
}

CommandTree ConfigCommands() {
  return {.name = "config",
          .help = "defaults of this command line: server, output, color",
          .commands = {ConfigGetCommand(), ConfigSetCommand(), ConfigPathCommand()}};
}

CommandTree MakeCommands() {
  return {
      .name = "powerdown",
      .help = "Trains small networks that grok, meters their energy, and stops them in time.",
      .examples = {"powerdown compare                            usual against stopped, live",
                   "powerdown run submit --task multiplication   train one; stops when it grokked",
                   "powerdown quiz RUN                           ask it before and after the grok",
                   "powerdown run list --output json             for scripts"},
      .flags = {{"--server", "ADDRESS",
                 "unix:PATH, HOST:PORT or a saved name [POWERDOWN_SERVER, or a local daemon]",
                 kEverywhere},
                {"--output", "FORMAT", "table, json, jsonl or csv [table]; also -o", kEverywhere},
                {"--quiet", "", "no talk on stderr but errors; also -q", kEverywhere},
                {"--color", "WHEN", "auto, never or always [auto; NO_COLOR turns it off]",
                 kEverywhere},
                {"--no-input", "", "never ask: refuse what needs --yes", kEverywhere},
                {"--timeout", "SECONDS",
                 "longest wait for an answer [30] and for the end of a run [no limit]",
                 kEverywhere},
                {"--give-up", "SECONDS",
                 "longest wait for a daemon that is gone while a run is followed [600 without a "
                 "terminal, else no limit; POWERDOWN_GIVE_UP]",
                 kEverywhere},
                {"--version", "", "print the version", kEverywhere},
                {"--help", "", "print this help; also -h", kEverywhere}},
      .commands = {CompareCommand(), RunCommands(),       ExecCommand(),    QuizCommand(),
                   ReplayCommand(),  ForecastCommand(),   ReportCommand(),  FleetCommand(),
                   ReceiptCommand(), VerifyCommand(),     DemoCommand(),    PredictorCommands(),
                   RecordCommand(),  PowerCommands(),     ServerCommands(), UserCommands(),
                   ConfigCommands(), CompletionCommand(), VersionCommand(), HelpCommand()}};
}

}  // namespace

const CommandTree& Commands() {
  static const auto& commands = *new CommandTree(MakeCommands());
  return commands;
}

}  // namespace powerdown
