#include "client/cli/run_output.h"

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/cli/output.h"
#include "client/cli/text/run_text.h"
#include "client/cli/text/style.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/run/run_json.h"

namespace powerdown {

namespace {

std::vector<Json> ObjectsOf(const std::vector<Run>& runs) {
  std::vector<Json> objects;
  for (const Run& run : runs) objects.push_back(RunJson(run));
  return objects;
}

}  // namespace

absl::Status WriteRun(Console& console, const Run& run) {
  return PrintObject(console, RunJson(run),
                     [&](const Style& style) { return RunBlock(run, style); });
}

absl::Status WriteRuns(Console& console, const std::vector<Run>& runs) {
  if (runs.empty() && console.IsForPeople())
    console.Say("no runs; submit one with: powerdown run submit");
  return PrintList(console, ObjectsOf(runs), [&](const Style& style) {
    return runs.empty() ? "" : RunTable(runs, absl::Now(), style);
  });
}

absl::Status WriteQueue(Console& console, const std::vector<Run>& runs) {
  if (runs.empty() && console.IsForPeople()) console.Say("the queue is empty");
  return PrintList(console, ObjectsOf(runs),
                   [&](const Style& style) { return runs.empty() ? "" : QueueTable(runs, style); });
}

absl::Status WriteNewRuns(Console& console, const std::vector<Run>& runs, bool is_list) {
  if (!console.IsForPeople() || console.has_terminal_for_data()) {
    return is_list ? WriteRuns(console, runs) : WriteRun(console, runs.front());
  }
  const Style& style = console.err_style();
  const std::string table =
      is_list ? RunTable(runs, absl::Now(), style) : RunBlock(runs.front(), style);
  console.Say(StdView(absl::StripSuffix(table, "\n")));
  for (const Run& run : runs) RETURN_IF_ERROR(console.Write(run.run_id + "\n"));
  return absl::OkStatus();
}

std::string DetachedText(const Run& run) {
  return Concat("detached; the run goes on. Follow it again with: powerdown run watch ",
                ShownId(run));
}

ExitCode OutcomeOf(Console& console, const Run& run) {
  if (run.state != RunState::kFailed && run.state != RunState::kCancelled) return ExitCode::kDone;
  const std::string state(NameOf(run.state));
  const bool says_more = !run.state_reason.empty() && run.state_reason != state;
  console.Complain(Concat("powerdown: run ", ShownId(run), " ", state,
                          says_more ? Concat(": ", Printable(run.state_reason)) : ""));
  return ExitCode::kRunFailed;
}

}  // namespace powerdown
