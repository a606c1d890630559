#include "client/cli/log_files.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/event_file.h"
#include "common/log/log_columns.h"
#include "common/log/log_text.h"
#include "common/platform/files.h"
#include "common/platform/system_error.h"
#include "common/run/run_bundle.h"

namespace powerdown {

namespace fs = std::filesystem;

namespace {

// All files of the folder together may hold what one file may.
absl::StatusOr<std::vector<EventFile>> ReadEventFolder(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code unreadable;
    const std::string path = entry->path().string();
    if (IsEventFileName(path) && entry->is_regular_file(unreadable)) paths.push_back(path);
  }
  if (problem) return SystemError(folder, problem.value());
  if (paths.empty()) {
    return absl::InvalidArgumentError(Concat(folder, ": holds no event files of TensorBoard"));
  }
  std::sort(paths.begin(), paths.end());
  std::vector<EventFile> files;
  size_t room = kMostFileBytes;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, room));
    room -= bytes.size();
    files.push_back({fs::path(path).lexically_relative(folder).string(), std::move(bytes)});
  }
  return files;
}

}  // namespace

absl::StatusOr<LogFile> ReadLogFile(const std::string& path) {
  LogFile file{.path = path};
  std::error_code problem;
  if (fs::is_directory(path, problem)) {
    ASSIGN_OR_RETURN(file.events, ReadEventFolder(path));
    return file;
  }
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
  if (IsEventFile(bytes)) {
    file.events.push_back({fs::path(path).filename().string(), std::move(bytes)});
    return file;
  }
  if (IsCompressed(bytes)) file.packed = bytes;
  ASSIGN_OR_RETURN(file.text, PlainLogText(std::move(bytes), path));
  file.is_bundle = IsBundle(file.text);
  if (!file.is_bundle) file.packed.clear();
  return file;
}

void AddLogFlags(CommandTree& command) {
  command.flags.push_back(RepeatableFlag("--column", "OURS=THEIRS",
                                         "of a log: which column is step, train_accuracy, "
                                         "validation_accuracy, …; may be repeated"));
  command.flags.push_back(Flag("--percent", "", "of a log: accuracies are 0 to 100"));
  command.flags.push_back(Flag("--fraction", "", "of a log: accuracies are 0 to 1"));
  command.flags.push_back(Flag("--pattern", "REGEX",
                               "of a log of printed lines: what a report looks like, with groups "
                               "named as columns are: (?P<step>\\d+)"));
}

absl::StatusOr<RunLogOptions> ReadLogFlags(const CommandWords& words) {
  RunLogOptions options;
  for (const std::string& column : words.All("--column")) {
    ASSIGN_OR_RETURN(auto said, ParseColumn(column));
    options.columns.insert_or_assign(std::move(said.first), std::move(said.second));
  }
  if (words.Has("--percent") && words.Has("--fraction")) {
    return absl::InvalidArgumentError("--percent and --fraction exclude each other");
  }
  if (words.Has("--percent")) options.is_percent = true;
  if (words.Has("--fraction")) options.is_percent = false;
  options.pattern = words.Text("--pattern");
  return options;
}

absl::StatusOr<RunLog> ReadLog(const LogFile& file, const RunLogOptions& options,
                               Console& console) {
  RunLog log;
  if (file.events.empty()) {
    ASSIGN_OR_RETURN(log, ParseRunLog(file.text, file.path, options));
  } else {
    ASSIGN_OR_RETURN(const std::unique_ptr<LogRows> rows, OpenEventRows(file.events, file.path));
    ASSIGN_OR_RETURN(log, ReadRunLog(*rows, file.path, options));
  }
  for (const std::string& remark : log.remarks) {
    console.Say(Concat(Printable(file.path), ": ", remark));
  }
  return log;
}

}  // namespace powerdown
