// Files given on the command line that hold runs: bundles, and logs of other training loops.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/command_tree.h"
#include "client/cli/command_words.h"
#include "client/cli/terminal/console.h"
#include "common/log/event_rows.h"
#include "common/log/run_log.h"

namespace powerdown {

struct LogFile {
  std::string path;
  std::string text;    // unpacked
  std::string packed;  // the file's own bytes, where they are a bundle packed by zstd
  bool is_bundle = false;
  std::vector<EventFile> events;  // of TensorBoard, if it is such a file, or a folder of them
};
// Unpacks what gzip or zstd packed. As ReadFile; InvalidArgument if it is damaged, or a folder
// without event files.
absl::StatusOr<LogFile> ReadLogFile(const std::string& path);

// --column, --percent, --fraction, --pattern: how a log is to be read.
void AddLogFlags(CommandTree& command);
absl::StatusOr<RunLogOptions> ReadLogFlags(const CommandWords& words);

// As ParseRunLog. What a reader may wonder about is told on stderr.
absl::StatusOr<RunLog> ReadLog(const LogFile& file, const RunLogOptions& options, Console& console);

}  // namespace powerdown
