#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>

#include "absl/time/clock.h"
#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "client/cli/commands/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/log_files.h"
#include "client/cli/run_output.h"
#include "client/cli/session.h"
#include "client/cli/spec_flags.h"
#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run.h"
#include "common/run/run_bundle.h"

namespace powerdown {
namespace {

struct ImportOptions {
  std::vector<std::string> files;
  Run run;            // what a log does not say: name, tags, notes, spec
  RunLogOptions log;  // how a log is to be read
};

absl::StatusOr<ImportOptions> ReadImport(const CommandWords& words) {
  ImportOptions options{.files = words.operands};
  options.run.name = words.Text("--name");
  options.run.notes = words.Text("--notes");
  options.run.tags = words.All("--tag");
  options.run.spec.task = kUnknownTask;
  ASSIGN_OR_RETURN(options.log, ReadLogFlags(words));
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

// A bundle of a log, packed piece by piece: as text it is as large as the log.
absl::StatusOr<std::string> BundleOf(const ImportOptions& options, const LogFile& file,
                                     Console& console) {
  ASSIGN_OR_RETURN(RunLog log, ReadLog(file, options.log, console));
  Run run = options.run;
  if (run.name.empty()) run.name = std::filesystem::path(file.path).filename().string();
  run.created_at = absl::Now();
  RunBundle bundle = BundleOfLog(std::move(run), std::move(log.reports), log.energy_coverage);
  const std::vector<RunUpdate> updates = std::exchange(bundle.updates, {});
  StreamCompressor compressor;
  RETURN_IF_ERROR(compressor.Add(FormatBundle(bundle)));
  constexpr size_t kPiece = 1000;
  for (size_t i = 0; i < updates.size(); i += kPiece) {
    const std::span<const RunUpdate> piece(&updates[i], std::min(kPiece, updates.size() - i));
    RETURN_IF_ERROR(compressor.Add(FormatUpdates(piece)));
  }
  return compressor.Finish();
}

// Finds every error of a file, before anything is sent to the daemon.
absl::StatusOr<ImportFile> ReadImportFile(const ImportOptions& options, const std::string& path,
                                          Console& console) {
  ASSIGN_OR_RETURN(LogFile read, ReadLogFile(path));
  ImportFile file{.is_log = !read.is_bundle};
  if (file.is_log) {
    ASSIGN_OR_RETURN(file.bundle, BundleOf(options, read, console));
  } else {
    RETURN_IF_ERROR(ParseBundles(read.text, path).status());
    file.bundle = std::move(read.packed);  // packed anew it might not fit into a message
    if (file.bundle.empty()) {
      ASSIGN_OR_RETURN(file.bundle, Compress(read.text, kFast));
    }
  }
  return file;
}

absl::StatusOr<ExitCode> ImportAll(Session& session, const ImportOptions& options) {
  std::vector<ImportFile> files;
  for (const std::string& path : options.files) {
    ASSIGN_OR_RETURN(files.emplace_back(), ReadImportFile(options, path, session.console()));
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
      .help = "import bundles, or logs of other training loops: CSV, JSON, TensorBoard",
      .examples = {"powerdown run import run.jsonl.zst",
                   "powerdown run import log.csv --task multiplication --modulus 97",
                   "powerdown run import metrics.csv --column validation_accuracy=val_top1"},
      .operand = {.name = "FILE", .is_repeatable = true},
      .flags = {Flag("--name", "NAME", "of a log: its name in lists [the name of the file]"),
                Flag("--notes", "TEXT", "of a log: free text"),
                RepeatableFlag("--tag", "TAG", "of a log: a tag; may be repeated")},
      .read = ReadThenRun(ReadImport, ImportAll)};
  AddLogFlags(import);
  AddSpecFlags(import);
  return import;
}

}  // namespace powerdown
