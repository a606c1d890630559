// Taking runs in, and changing what is said of them.
#include <algorithm>
#include <filesystem>

#include "absl/time/clock.h"
#include "client/cli/commands.h"
#include "client/cli/run_output.h"
#include "client/cli/shipped.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/run_bundle.h"
#include "common/run/run_log.h"

namespace powerdown {
namespace {

struct ImportFile {
  std::string bundle;  // compressed
  bool is_log = false;
};

absl::StatusOr<std::string> BundleOf(const ImportCommand& command, const std::string& path,
                                     std::string_view content) {
  ASSIGN_OR_RETURN(std::vector<StepReport> reports, ParseRunLog(content, path));
  Run run = command.run;
  if (run.name.empty()) run.name = std::filesystem::path(path).filename().string();
  run.created_at = absl::Now();
  return FormatBundle(BundleOfLog(std::move(run), std::move(reports)));
}

// Everything that can be wrong with a file is found here, before the daemon hears of any.
absl::StatusOr<ImportFile> ReadImportFile(const ImportCommand& command, const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  ImportFile file;
  std::string text = content;
  if (IsCompressed(content)) {
    RETURN_IF_ERROR(ReadBundles(content, path).status());
    file.bundle = content;
    return file;
  }
  if (IsBundle(content)) {
    RETURN_IF_ERROR(ParseBundles(content, path).status());
  } else {
    file.is_log = true;
    ASSIGN_OR_RETURN(text, BundleOf(command, path, content));
  }
  ASSIGN_OR_RETURN(file.bundle, Compress(text));
  return file;
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const ImportCommand& command) {
  std::vector<ImportFile> files;
  for (const std::string& path : command.files) {
    ASSIGN_OR_RETURN(files.emplace_back(), ReadImportFile(command, path));
  }
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  std::vector<Run> runs;
  for (const ImportFile& file : files) {
    ASSIGN_OR_RETURN(const std::vector<Run> taken,
                     connection->ImportRuns(file.bundle, /*may_rename=*/file.is_log));
    runs.insert(runs.end(), taken.begin(), taken.end());
  }
  RETURN_IF_ERROR(
      WriteNewRuns(session.console(), session.output(), runs, /*is_list=*/runs.size() != 1));
  return ExitCode::kDone;
}

absl::StatusOr<ExitCode> Execute(Session& session, const EditCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  Connection::Edit edit = command.edit;
  if (!command.added_tags.empty() || !command.removed_tags.empty()) {
    ASSIGN_OR_RETURN(const Run before, connection->GetRun(command.run_id));
    edit.tags = before.tags;
    for (const std::string& tag : command.removed_tags) std::erase(*edit.tags, tag);
    for (const std::string& tag : command.added_tags) {
      if (std::count(edit.tags->begin(), edit.tags->end(), tag) == 0) edit.tags->push_back(tag);
    }
  }
  if (!edit.name && !edit.notes && !edit.tags) {
    return absl::InvalidArgumentError("edit: say what to change: --name, --notes, --tag, --untag");
  }
  ASSIGN_OR_RETURN(const Run run, connection->UpdateRun(command.run_id, edit));
  RETURN_IF_ERROR(WriteRun(session.console(), session.output(), run));
  return ExitCode::kDone;
}

}  // namespace powerdown
