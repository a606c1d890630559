#include "client/cli/log_files.h"

#include <utility>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/log_text.h"
#include "common/platform/files.h"
#include "common/run/run_bundle.h"

namespace powerdown {

absl::StatusOr<LogFile> ReadLogFile(const std::string& path) {
  LogFile file{.path = path};
  ASSIGN_OR_RETURN(std::string bytes, ReadFile(path));
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
}

absl::StatusOr<RunLogOptions> ReadLogFlags(const CommandWords& words) {
  RunLogOptions options;
  for (const std::string& column : words.All("--column")) {
    const size_t sign = column.find('=');
    if (sign == 0 || sign == column.npos || sign + 1 == column.size()) {
      return absl::InvalidArgumentError(Concat("--column: value is ", Quoted(column),
                                               "; allowed: OURS=THEIRS, as in "
                                               "validation_accuracy=val_top1"));
    }
    options.columns[column.substr(0, sign)] = column.substr(sign + 1);
  }
  if (words.Has("--percent") && words.Has("--fraction")) {
    return absl::InvalidArgumentError("--percent and --fraction exclude each other");
  }
  if (words.Has("--percent")) options.is_percent = true;
  if (words.Has("--fraction")) options.is_percent = false;
  return options;
}

absl::StatusOr<RunLog> ReadLog(const LogFile& file, const RunLogOptions& options,
                               Console& console) {
  ASSIGN_OR_RETURN(RunLog log, ParseRunLog(file.text, file.path, options));
  for (const std::string& remark : log.remarks) {
    console.Say(Concat(Printable(file.path), ": ", remark));
  }
  return log;
}

}  // namespace powerdown
