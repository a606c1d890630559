#include <algorithm>

#include "client/cli/commands/commands.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

absl::StatusOr<CommandWords> ReadEdit(const CommandWords& words) {
  for (const char* flag : {"--name", "--notes", "--tag", "--untag"}) {
    if (words.Has(flag)) return words;
  }
  return absl::InvalidArgumentError(
      "run edit needs at least one of --name, --notes, --tag and --untag");
}

absl::StatusOr<ExitCode> EditRun(Session& session, const CommandWords& words) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Connection::Edit edit{.name = words.Find("--name"), .notes = words.Find("--notes")};
  if (words.Has("--tag") || words.Has("--untag")) {
    ASSIGN_OR_RETURN(const Run before, connection->GetRun(words.Operand()));
    std::vector<std::string> tags = before.tags;
    for (const std::string& tag : words.All("--untag")) std::erase(tags, tag);
    for (const std::string& tag : words.All("--tag")) {
      if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(tag);
    }
    edit.tags = std::move(tags);
  }
  ASSIGN_OR_RETURN(const Run run, connection->UpdateRun(words.Operand(), edit));
  return Done(WriteRun(session.console(), run));
}

}  // namespace

CommandTree RunEditCommand() {
  return {
      .name = "edit",
      .help = "change the name, notes and tags of a run",
      .examples = {"powerdown run edit 01k9 --tag paper --notes 'groks twice'"},
      .operand = {.name = "RUN"},
      .flags = {Flag("--name", "NAME", "name shown in lists"), Flag("--notes", "TEXT", "free text"),
                RepeatableFlag("--tag", "TAG", "add this tag; may be repeated"),
                RepeatableFlag("--untag", "TAG", "remove this tag; may be repeated")},
      .read = ReadThenRun(ReadEdit, EditRun)};
}

}  // namespace powerdown
