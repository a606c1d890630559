#include "server/run/run_logs.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

constexpr size_t kMostBytes = 64 << 10;
constexpr size_t kMostOutputBytes = 256 << 10;       // of an answer
constexpr size_t kMostBytesOfAll = size_t{2} << 20;  // an answer that every client takes

AttemptLog ReadTail(int64_t attempt, const std::string& path) {
  AttemptLog log{.attempt = attempt};
  absl::StatusOr<FileEnd> end = ReadFileEnd(path, kMostBytes);
  if (!end.ok()) return log;
  log.is_cut = end->is_cut;
  log.text = std::move(end->text);
  if (log.is_cut) log.text.erase(0, log.text.find('\n') + 1);
  return log;
}

}  // namespace

std::vector<AttemptLog> ReadRunLogs(const std::string& run_folder) {
  std::vector<std::pair<int64_t, std::string>> files;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(run_folder, missing)) {
    int64_t attempt = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &attempt)) continue;
    files.emplace_back(attempt, entry.path() / "worker.log");
  }
  std::sort(files.rbegin(), files.rend());
  std::vector<AttemptLog> logs;
  size_t bytes = 0;
  for (const auto& [attempt, path] : files) {
    AttemptLog log = ReadTail(attempt, path);
    bytes += log.text.size();
    if (bytes > kMostBytesOfAll) break;
    if (!log.text.empty()) logs.push_back(std::move(log));
  }
  std::reverse(logs.begin(), logs.end());
  return logs;
}

absl::StatusOr<CommandOutput> ReadCommandOutput(const RunQueue& queue, const RunFolders& folders,
                                                const std::string& run_id, int64_t attempt,
                                                int64_t offset) {
  // Before what is read: when the attempt had ended, all of it was there.
  ASSIGN_OR_RETURN(const Run run, queue.Get(run_id));
  if (!run.command) {
    return absl::FailedPreconditionError(
        Concat("run ", run.run_id, " is no command: its workers' logs are all that it wrote"));
  }
  CommandOutput output;
  output.has_ended = HasEnded(run.state);
  if (run.attempts.empty() && attempt == 0) return output;
  const auto found =
      std::find_if(run.attempts.rbegin(), run.attempts.rend(),
                   [&](const Attempt& known) { return attempt == 0 || known.attempt == attempt; });
  if (found == run.attempts.rend()) {
    return absl::NotFoundError(Concat("run ", run.run_id, " has no attempt ", attempt));
  }
  output.attempt = found->attempt;
  output.has_ended = found->ended_at.has_value();
  ASSIGN_OR_RETURN(output.part, ReadOutput(folders.OutputOf(run.run_id, found->attempt), offset,
                                           kMostOutputBytes));
  return output;
}

}  // namespace powerdown
