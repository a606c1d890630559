// One function a command; the file is named after the command. A new command is a new file, a line
// here and a line in client/cli/command_table.cc.
#pragma once

#include "client/cli/command_tree.h"

namespace powerdown {

CommandTree CompareCommand();
CommandTree CompletionCommand();
CommandTree DemoCommand();
CommandTree ExecCommand();
CommandTree FleetCommand();
CommandTree ForecastCommand();
CommandTree HelpCommand();
CommandTree QuizCommand();
CommandTree RecordCommand();
CommandTree ReplayCommand();
CommandTree ReceiptCommand();
CommandTree ReportCommand();
CommandTree VerifyCommand();
CommandTree VersionCommand();
CommandTree CompareListCommand();

CommandTree RunExportCommand();
CommandTree RunEditCommand();
CommandTree RunImportCommand();
CommandTree RunListCommand();
CommandTree RunLogsCommand();
CommandTree RunShowCommand();
CommandTree RunSubmitCommand();
CommandTree RunWatchCommand();
// run_control.cc
CommandTree RunPauseCommand();
CommandTree RunResumeCommand();
CommandTree RunStopCommand();
CommandTree RunContinueCommand();
CommandTree RunCancelCommand();
CommandTree RunDeleteCommand();
CommandTree RunRetryCommand();
// run_clone.cc
CommandTree RunCloneCommand();
CommandTree RunDiffCommand();
CommandTree RunWaitCommand();

// config.cc
CommandTree ConfigGetCommand();
CommandTree ConfigSetCommand();
CommandTree ConfigPathCommand();

// predictor.cc
CommandTree PredictorShowCommand();
CommandTree PredictorTrainCommand();
CommandTree PredictorEvaluateCommand();

CommandTree PowerBaselineCommand();
CommandTree PowerCalibrateCommand();
CommandTree PowerLedgerCommand();
CommandTree PowerMetersCommand();
CommandTree PowerWatchCommand();

CommandTree ServerAuditCommand();
CommandTree ServerDoctorCommand();
CommandTree ServerInfoCommand();
CommandTree ServerPairCommand();
// server_backup.cc
CommandTree ServerBackupCommand();
CommandTree ServerRestoreCommand();
// server_profiles.cc
CommandTree ServerAddCommand();
CommandTree ServerListCommand();
CommandTree ServerUseCommand();
CommandTree ServerRemoveCommand();
CommandTree ServerRenameCommand();

// user.cc
CommandTree UserAddCommand();
CommandTree UserListCommand();
CommandTree UserBudgetCommand();
CommandTree UserRemoveCommand();
// user_token.cc
CommandTree UserTokenCommand();
CommandTree UserTokensCommand();
CommandTree UserRevokeCommand();

}  // namespace powerdown
