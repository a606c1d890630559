#include "server/run/run_logs.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

constexpr size_t kMostBytes = 64 << 10;

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
  std::vector<AttemptLog> logs;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(run_folder, missing)) {
    int64_t attempt = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &attempt)) continue;
    AttemptLog log = ReadTail(attempt, entry.path() / "worker.log");
    if (!log.text.empty()) logs.push_back(std::move(log));
  }
  std::sort(logs.begin(), logs.end(),
            [](const AttemptLog& a, const AttemptLog& b) { return a.attempt < b.attempt; });
  return logs;
}

}  // namespace powerdown
