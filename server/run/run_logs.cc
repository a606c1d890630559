#include "server/run/run_logs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/numbers.h"

namespace powerdown {
namespace {

constexpr std::streamoff kMost = 64 << 10;

AttemptLog ReadTail(int64_t attempt, const std::string& path) {
  AttemptLog log{.attempt = attempt};
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return log;
  const std::streamoff bytes = file.tellg();
  log.is_cut = bytes > kMost;
  file.seekg(std::max<std::streamoff>(0, bytes - kMost));
  log.text.assign(std::istreambuf_iterator<char>(file), {});
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
