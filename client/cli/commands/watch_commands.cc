// Following a run's updates, live or as they were recorded.
#include "client/cli/commands.h"
#include "client/cli/following.h"
#include "client/cli/run_output.h"
#include "client/cli/stored_reports.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/run_text.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

// Prints updates as they come, in the format that was asked for.
class UpdatePrinter {
 public:
  UpdatePrinter(Console& console, OutputFormat output, LiveDisplay& display)
      : console_(console),
        output_(output),
        display_(display),
        is_drawn_(output == OutputFormat::kTable && console.can_draw() &&
                  console.has_terminal_for_data()) {}

  absl::Status Begin() {
    return output_ == OutputFormat::kCsv ? console_.Write(ReportCsvHeader()) : absl::OkStatus();
  }
  absl::Status Print(const RunUpdate& update) {
    switch (output_) {
      case OutputFormat::kJsonLines:
        return console_.WriteJsonLine(UpdateJson(update));
      case OutputFormat::kJson:
        array_.push_back(UpdateJson(update));
        return absl::OkStatus();
      case OutputFormat::kCsv: {
        const auto* report = std::get_if<StepReport>(&update);
        return report ? console_.Write(ReportCsvRow(*report)) : absl::OkStatus();
      }
      case OutputFormat::kTable:
        display_.Follow(update);
        return is_drawn_ ? absl::OkStatus() : PrintLine(update);
    }
    return absl::OkStatus();
  }
  absl::Status End(const Run& run) {
    if (output_ == OutputFormat::kJson) return console_.WriteJson(array_);
    if (output_ != OutputFormat::kTable) return absl::OkStatus();
    if (is_drawn_) display_.Finish(run);
    return console_.Write(RunLine(run, console_.style()) + "\n");
  }
  bool is_drawn() const { return is_drawn_; }

 private:
  absl::Status PrintLine(const RunUpdate& update) {
    const auto* event = std::get_if<RunEvent>(&update);
    const std::string line = event ? EventText(*event) : ProgressLine(display_.Scene());
    return line.empty() ? absl::OkStatus() : console_.Write(line + "\n");
  }

  Console& console_;
  const OutputFormat output_;
  LiveDisplay& display_;
  const bool is_drawn_;
  Json array_ = Json::array();
};

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const WatchCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
  Console& console = session.console();
  LiveDisplay display(console, run, [&] { return connection->GetRun(run.run_id); });
  UpdatePrinter printer(console, session.output(), display);
  RETURN_IF_ERROR(printer.Begin());
  FollowTasks tasks;
  tasks.on_update = [&](size_t, const RunUpdate& update) { return printer.Print(update); };
  tasks.on_state = [&](const std::string& state) {
    if (printer.is_drawn()) {
      display.SetConnection(state);
    } else if (state != "connected") {
      console.Say(state);
    }
  };
  tasks.on_tick = [&](absl::Time now) {
    if (printer.is_drawn()) display.Tick(now);
  };
  ASSIGN_OR_RETURN(const FollowEnd end, Follow(*connection, {run.run_id}, command.from_revision,
                                               session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) {
    console.Say(Concat("detached; the run goes on. Come back: powerdown run watch ", run.run_id));
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(const Run ended, connection->GetRun(run.run_id));
  RETURN_IF_ERROR(printer.End(ended));
  return OutcomeOf(console, ended);
}

absl::StatusOr<ExitCode> Execute(Session& session, const ExportCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  if (!command.bundle_file.empty()) {
    ASSIGN_OR_RETURN(const std::string bundle, connection->ExportRun(command.run_id));
    RETURN_IF_ERROR(WriteFile(command.bundle_file, bundle));
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
  Console& console = session.console();
  const bool is_json = session.output() == OutputFormat::kJson;
  const bool is_csv = !is_json && session.output() != OutputFormat::kJsonLines;
  if (is_csv) RETURN_IF_ERROR(console.Write(ReportCsvHeader()));
  Json array = Json::array();
  RETURN_IF_ERROR(ForEachReport(*connection, run, [&](const StepReport& report) {
    if (is_csv) return console.Write(ReportCsvRow(report));
    if (!is_json) return console.WriteJsonLine(ReportJson(report));
    array.push_back(ReportJson(report));
    return absl::OkStatus();
  }));
  if (is_json) RETURN_IF_ERROR(console.WriteJson(array));
  return ExitCode::kDone;
}

}  // namespace powerdown
