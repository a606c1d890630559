#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/stored_reports.h"
#include "client/cli/text/csv.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> ExportRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  if (const auto file = words.Find("--bundle")) {
    ASSIGN_OR_RETURN(const std::string bundle, connection->ExportRun(words.Operand()));
    return Done(WriteNamedFile(*file, bundle));
  }
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(words.Operand()));
  Console& console = session.console();
  const OutputFormat format = console.IsForPeople() ? OutputFormat::kCsv : console.format();
  std::vector<std::string> columns = ReportColumns();
  const bool may_have_others = run.command && format == OutputFormat::kCsv;
  if (may_have_others) {  // which ones the header must know
    RETURN_IF_ERROR(ForEachReport(*connection, run, [&](const StepReport& report) {
      if (!report.metrics_json.empty()) AddMetricNames(ReportJson(report), columns);
      return absl::OkStatus();
    }));
  }
  RowPrinter printer(console, format, std::move(columns));
  RETURN_IF_ERROR(printer.Begin());
  RETURN_IF_ERROR(ForEachReport(*connection, run, [&](const StepReport& report) {
    Json row = ReportJson(report);
    return printer.Print(may_have_others ? WithMetricsAsColumns(std::move(row)) : std::move(row));
  }));
  return Done(printer.End());
}

}  // namespace

CommandTree RunExportCommand() {
  return {.name = "export",
          .help = "print the step reports of a run as CSV",
          .examples = {"powerdown run export 01k9 > run.csv",
                       "powerdown run export 01k9 --bundle run.jsonl.zst"},
          .operand = {.name = "RUN"},
          .flags = {Flag("--bundle", "FILE", "write the whole run to a file for `run import`")},
          .read = RunOnWords(ExportRun)};
}

}  // namespace powerdown
