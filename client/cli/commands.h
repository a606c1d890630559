// Carries out commands. Each prints its data and returns the exit code; an error is not printed.
#pragma once

#include "absl/status/statusor.h"
#include "client/cli/command.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"

namespace powerdown {

absl::StatusOr<ExitCode> Execute(Session& session, const PrintCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const HelpCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const SubmitCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ListCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ShowCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const WatchCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ActCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ExportCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ImportCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const EditCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const RecordCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const PredictorCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ForecastCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ReportCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const DemoCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ReplayCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const CompareCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const QuizCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const ServerCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const AdminCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const LogsCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const FleetCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const AccessCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const MetersCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const LedgerCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const WatchPowerCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const BaselineCommand& command);
absl::StatusOr<ExitCode> Execute(Session& session, const CalibrateCommand& command);

}  // namespace powerdown
