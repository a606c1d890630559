#include <filesystem>

#include "absl/time/clock.h"
#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "client/cli/commands/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"
#include "common/run/run.h"
#include "common/run/run_bundle.h"
#include "common/run/run_log.h"

namespace powerdown {
namespace {

struct ImportOptions {
  std::vector<std::string> files;
  Run run;  // what a log does not say: name, tags, notes, spec
};

absl::StatusOr<ImportOptions> ReadImport(const CommandWords& words) {
  ImportOptions options{.files = words.operands};
  options.run.name = words.Text("--name");
  options.run.notes = words.Text("--notes");
  options.run.tags = words.All("--tag");
  options.run.spec.task = kUnknownTask;
  if (HasSpecFlag(words)) {
    ASSIGN_OR_RETURN(options.run.spec, ReadSpec(words));
    options.run.max_steps = options.run.spec.max_steps;
  }
  return options;
}

struct ImportFile {
  std::string bundle;  // compressed
  bool is_log = false;
};

absl::StatusOr<std::string> BundleOf(Run run, const std::string& path, std::string_view content) {
  ASSIGN_OR_RETURN(std::vector<StepReport> reports, ParseRunLog(content, path));
  if (run.name.empty()) run.name = std::filesystem::path(path).filename().string();
  run.created_at = absl::Now();
  return FormatBundle(BundleOfLog(std::move(run), std::move(reports)));
}

// Finds every error of a file, before anything is sent to the daemon.
absl::StatusOr<ImportFile> ReadImportFile(const Run& run, const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  if (IsCompressed(text)) {
    RETURN_IF_ERROR(ReadBundles(text, path).status());
    return ImportFile{.bundle = std::move(text)};
  }
  ImportFile file{.is_log = !IsBundle(text)};
  if (file.is_log) {
    ASSIGN_OR_RETURN(text, BundleOf(run, path, text));
  } else {
    RETURN_IF_ERROR(ParseBundles(text, path).status());
  }
  ASSIGN_OR_RETURN(file.bundle, Compress(text));
  return file;
}

absl::StatusOr<ExitCode> ImportAll(Session& session, const ImportOptions& options) {
  std::vector<ImportFile> files;
  for (const std::string& path : options.files) {
    ASSIGN_OR_RETURN(files.emplace_back(), ReadImportFile(options.run, path));
  }
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  std::vector<Run> runs;
  for (const ImportFile& file : files) {
    ASSIGN_OR_RETURN(const std::vector<Run> imported,
                     connection->ImportRuns(file.bundle, /*may_rename=*/file.is_log));
    runs.insert(runs.end(), imported.begin(), imported.end());
  }
  return Done(WriteNewRuns(session.console(), runs, /*is_list=*/runs.size() != 1));
}

}  // namespace

CommandTree RunImportCommand() {
  CommandTree import{
      .name = "import",
      .help = "import bundles, or logs (CSV, JSON lines) of other training loops",
      .examples = {"powerdown run import run.jsonl.zst",
                   "powerdown run import log.csv --task multiplication --modulus 97"},
      .operand = {.name = "FILE", .is_repeatable = true},
      .flags = {Flag("--name", "NAME", "of a log: its name in lists [the name of the file]"),
                Flag("--notes", "TEXT", "of a log: free text"),
                RepeatableFlag("--tag", "TAG", "of a log: a tag; may be repeated")},
      .read = ReadThenRun(ReadImport, ImportAll)};
  AddSpecFlags(import);
  return import;
}

}  // namespace powerdown
