#include "client/cli/commands/commands.h"
#include "client/cli/ending.h"
#include "client/cli/following.h"
#include "client/cli/output.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/terminal/live_display.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/end_card.h"
#include "client/cli/text/run_text.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

struct WatchOptions {
  std::string run_id;
  int64_t from_revision = 0;
  bool has_details = false;
};

absl::StatusOr<WatchOptions> ReadWatch(const CommandWords& words) {
  WatchOptions options{.run_id = words.Operand(), .has_details = words.Has(kDetails)};
  ASSIGN_OR_RETURN(options.from_revision, words.Whole("--from-revision", 0, 0, INT64_MAX));
  return options;
}

// Prints updates as they come: rows for scripts; for people a live picture, or plain lines where
// the terminal cannot redraw.
class UpdatePrinter {
 public:
  UpdatePrinter(Console& console, LiveDisplay& display)
      : console_(console),
        display_(display),
        rows_(console, console.format(), ReportColumns()),
        is_drawn_(console.IsForPeople() && console.can_draw() && console.has_terminal_for_data()) {}

  absl::Status Begin() { return rows_.Begin(); }
  absl::Status Print(const RunUpdate& update) {
    if (console_.IsForPeople()) {
      display_.Follow(update);
      return is_drawn_ ? absl::OkStatus() : PrintLine(update);
    }
    // The columns of the CSV are those of a report.
    const bool is_event = std::holds_alternative<RunEvent>(update);
    if (is_event && console_.format() == OutputFormat::kCsv) return absl::OkStatus();
    return rows_.Print(UpdateJson(update));
  }
  // The run as it stands, which may be paused.
  absl::Status End(Connection& connection, const Run& run, bool has_details) {
    if (!console_.IsForPeople()) return rows_.End();
    if (is_drawn_) display_.Finish(run);
    const Style& style = console_.style();
    if (has_details) return console_.Write(RunBlock(run, style));
    if (run.state != RunState::kStopped && run.state != RunState::kFinished) {
      return console_.Write(RunLine(run, style) + "\n");
    }
    return console_.Write(EndCard(run, AskWhatItLearned(connection, run, style), style));
  }
  bool is_drawn() const { return is_drawn_; }

 private:
  absl::Status PrintLine(const RunUpdate& update) {
    const auto* event = std::get_if<RunEvent>(&update);
    const std::string line = event ? EventText(*event) : ProgressLine(display_.Scene());
    return line.empty() ? absl::OkStatus() : console_.Write(line + "\n");
  }

  Console& console_;
  LiveDisplay& display_;
  RowPrinter rows_;
  const bool is_drawn_;
};

absl::StatusOr<ExitCode> WatchOneRun(Session& session, const WatchOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const Run run, connection->GetRun(options.run_id));
  Console& console = session.console();
  LiveDisplay display(console, run, [&] { return connection->GetRun(run.run_id); });
  UpdatePrinter printer(console, display);
  RETURN_IF_ERROR(printer.Begin());
  FollowTasks tasks = ShowOn(printer.is_drawn() ? &display : nullptr);
  tasks.on_update = [&](size_t, const RunUpdate& update) { return printer.Print(update); };
  if (!printer.is_drawn()) {
    tasks.on_state = [&](const std::string& state) {
      if (state != "connected") console.Say(state);
    };
  }
  ASSIGN_OR_RETURN(const FollowEnd end, Follow(*connection, {run.run_id}, options.from_revision,
                                               session.options().timeout, tasks));
  if (end == FollowEnd::kDetached) {
    console.Say(DetachedText(run));
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(const Run ended, connection->GetRun(run.run_id));
  RETURN_IF_ERROR(printer.End(*connection, ended, options.has_details));
  return OutcomeOf(console, ended);
}

}  // namespace

CommandTree RunWatchCommand() {
  return {.name = "watch",
          .help = "follow a run until it ends; Ctrl-C leaves it running",
          .examples = {"powerdown run watch 01k9",
                       "powerdown run watch 01k9 --output jsonl > run.jsonl"},
          .operand = {.name = "RUN"},
          .flags = {DetailsFlag(), Flag("--from-revision", "N", "start at this revision [0]")},
          .read = ReadThenRun(ReadWatch, WatchOneRun)};
}

}  // namespace powerdown
