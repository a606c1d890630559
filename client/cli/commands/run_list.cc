#include "client/cli/commands/run_list.h"

#include <vector>

#include "absl/strings/str_replace.h"
#include "client/cli/commands/commands.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/text/run_sorting.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

absl::StatusOr<ExitCode> ListAllRuns(Session& session, const ListOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(std::vector<Run> runs, connection->ListRuns({.filter = options.filter}));
  RETURN_IF_ERROR(SortRuns(options.sort, runs));
  return Done(options.is_queue ? WriteQueue(session.console(), runs)
                               : WriteRuns(session.console(), runs));
}

}  // namespace

absl::StatusOr<ListOptions> ReadList(const CommandWords& words) {
  std::vector<std::string> conditions;
  if (const auto state = words.Find("--state"))
    RETURN_IF_ERROR(ParseNamed<RunState>(*state).status());
  for (const char* field : {"state", "tag", "owner", "task", "model"}) {
    if (const auto value = words.Find(Concat("--", field))) {
      const std::string quoted = absl::StrReplaceAll(*value, {{"\\", "\\\\"}, {"\"", "\\\""}});
      conditions.push_back(Concat(field, " = \"", quoted, "\""));
    }
  }
  const bool is_queue = words.Has("--queue");
  if (is_queue && !words.Has("--state")) conditions.push_back("state = \"queued\"");
  if (const auto filter = words.Find("--filter")) conditions.push_back(*filter);
  if (words.Has("--recorded")) conditions.push_back("origin = \"any\"");
  return ListOptions{
      .filter = Join(conditions, " AND "), .is_queue = is_queue, .sort = words.Text("--sort")};
}

CommandTree RunListCommand() {
  return {.name = "list",
          .help = "list runs, the newest first",
          .examples = {"powerdown run list --state running",
                       "powerdown run list --filter 'tag = \"night\" AND owner = \"ada\"'"},
          .flags = {Flag("--state", "STATE",
                         "queued, running, paused, stopped, finished, failed or cancelled"),
                    Flag("--tag", "TAG", "only runs with this tag"),
                    Flag("--owner", "OWNER", "only runs of this user"),
                    Flag("--filter", "EXPRESSION",
                         "conditions joined by AND, such as owner = \"ada\"; fields: state, tag, "
                         "owner and those of SPEC"),
                    Flag("--task", "TASK", "only runs of this task"),
                    Flag("--model", "MODEL", "only runs of this kind of network"),
                    Flag("--recorded", "", "also recorded and imported runs"),
                    Flag("--sort", "FIELD",
                         "name, task, steps, memorised_step, grok_step, validation_accuracy, "
                         "energy or created_at; -FIELD: greatest first [-created_at]"),
                    Flag("--queue", "", "queued runs in order, and why each waits")},
          .read = ReadThenRun(ReadList, ListAllRuns)};
}

}  // namespace powerdown
