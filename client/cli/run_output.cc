#include "client/cli/run_output.h"

#include "absl/strings/strip.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/run_text.h"
#include "client/cli/text/style.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {

absl::Status WriteRun(Console& console, OutputFormat output, const Run& run) {
  switch (output) {
    case OutputFormat::kTable:
      return console.Write(RunBlock(run, console.style()));
    case OutputFormat::kJson:
      return console.WriteJson(RunJson(run));
    case OutputFormat::kJsonLines:
      return console.WriteJsonLine(RunJson(run));
    case OutputFormat::kCsv:
      return console.Write(CsvOf({RunJson(run)}));
  }
  return absl::OkStatus();
}

absl::Status WriteRuns(Console& console, OutputFormat output, const std::vector<Run>& runs,
                       bool is_queue) {
  if (output == OutputFormat::kTable) {
    if (runs.empty()) {
      console.Say(is_queue ? "nothing waits" : "no runs; submit one: powerdown run submit");
      return absl::OkStatus();
    }
    const Style& style = console.style();
    return console.Write(is_queue ? QueueTable(runs, style) : RunTable(runs, style));
  }
  std::vector<Json> objects;
  for (const Run& run : runs) objects.push_back(RunJson(run));
  if (output == OutputFormat::kJson) return console.WriteJson(Json(objects));
  if (output == OutputFormat::kCsv) return console.Write(CsvOf(objects));
  for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
  return absl::OkStatus();
}

absl::Status WriteNewRuns(Console& console, OutputFormat output, const std::vector<Run>& runs,
                          bool is_list) {
  if (output != OutputFormat::kTable || console.has_terminal_for_data()) {
    return is_list ? WriteRuns(console, output, runs, /*is_queue=*/false)
                   : WriteRun(console, output, runs.front());
  }
  const Style& style = console.err_style();
  const std::string told = is_list ? RunTable(runs, style) : RunBlock(runs.front(), style);
  console.Say(StdView(absl::StripSuffix(told, "\n")));
  for (const Run& run : runs) RETURN_IF_ERROR(console.Write(run.run_id + "\n"));
  return absl::OkStatus();
}

ExitCode OutcomeOf(Console& console, const Run& run) {
  if (run.state != RunState::kFailed && run.state != RunState::kCancelled) return ExitCode::kDone;
  const std::string state(RunStateName(run.state));
  const bool says_more = !run.state_reason.empty() && run.state_reason != state;
  console.Say(Concat("powerdown: run ", run.run_id, " ", state,
                     says_more ? Concat(": ", Printable(run.state_reason)) : ""));
  return ExitCode::kRunFailed;
}

}  // namespace powerdown
