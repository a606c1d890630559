// Following a run's updates, live or as they were recorded.
#include <algorithm>

#include "client/cli/commands.h"
#include "client/cli/csv.h"
#include "client/cli/following.h"
#include "client/cli/live_display.h"
#include "client/cli/run_output.h"
#include "client/cli/run_text.h"
#include "common/run_json.h"
#include "common/status.h"
#include "common/text.h"

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

// Says when all is here that a run had reported at the moment of asking, so that exporting a run
// that still trains comes to an end.
class ExportEnd {
 public:
  explicit ExportEnd(const Run& run) : run_(run) {
    for (const Attempt& attempt : run.attempts) {
      if (attempt.first_step <= run.steps) attempt_ = std::max(attempt_, attempt.attempt);
    }
  }
  bool IsEmpty() const { return !HasEnded(run_.state) && run_.steps == 0; }
  bool IsReachedBy(const StepReport& report) const {
    return !HasEnded(run_.state) && report.attempt >= attempt_ &&
           report.evaluation.step >= run_.steps;
  }

 private:
  const Run& run_;
  int64_t attempt_ = 1;
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
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(command.run_id));
  Console& console = session.console();
  const bool is_json = session.output() == OutputFormat::kJson;
  const bool is_csv = !is_json && session.output() != OutputFormat::kJsonLines;
  if (is_csv) RETURN_IF_ERROR(console.Write(ReportCsvHeader()));
  const ExportEnd end(run);
  Json array = Json::array();
  absl::Status written;
  const auto on_update = [&](const RunUpdate& update) {
    const auto* report = std::get_if<StepReport>(&update);
    if (report == nullptr) return true;
    if (is_csv) {
      written = console.Write(ReportCsvRow(*report));
    } else if (is_json) {
      array.push_back(ReportJson(*report));
    } else {
      written = console.WriteJsonLine(ReportJson(*report));
    }
    return written.ok() && !end.IsReachedBy(*report);
  };
  if (!end.IsEmpty()) {
    const absl::Status status =
        connection->WatchRun(run.run_id, 0, on_update, [](const std::string&) {});
    RETURN_IF_ERROR(written);
    // Cancelled: on_update had all that it wanted.
    if (!status.ok() && !absl::IsCancelled(status)) return status;
  }
  if (is_json) RETURN_IF_ERROR(console.WriteJson(array));
  return ExitCode::kDone;
}

}  // namespace powerdown
