#include "server/meter/procfs_activity.h"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

absl::Duration FromTicks(int64_t ticks) {
  static const int64_t ticks_per_second = sysconf(_SC_CLK_TCK);
  return absl::Seconds(1) * ticks / ticks_per_second;
}

// proc(5): fields 14 and 15 are utime and stime of all threads, 22 is the start after boot; the
// name in field 2 may hold spaces and brackets.
std::optional<HostActivity::Process> ReadProcess(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return std::nullopt;  // it has ended
  std::istringstream fields(text->substr(text->rfind(')') + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  int64_t start = 0;
  fields >> user >> system;
  for (int field = 16; field < 22; ++field) fields >> skipped;
  if (!(fields >> start)) return std::nullopt;
  return HostActivity::Process{FromTicks(user + system), FromTicks(start)};
}

}  // namespace

absl::StatusOr<HostActivity::Use> ProcfsActivity::Read(const std::vector<int64_t>& pids) {
  const absl::StatusOr<std::string> text = ReadFile(root_ + "/stat");
  if (!text.ok()) return absl::UnavailableError(text.status().message());
  std::istringstream lines(*text);
  std::string line;
  Use use;
  use.cores = 0;
  bool is_found = false;
  bool is_empty = true;
  while (std::getline(lines, line) && absl::StartsWith(line, "cpu")) {
    if (!absl::StartsWith(line, "cpu ")) {
      ++use.cores;
      continue;
    }
    // user nice system idle iowait irq softirq; idle and iowait are rest.
    std::istringstream fields(line.substr(4));
    int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0;
    is_found =
        static_cast<bool>(fields >> user >> nice >> system >> idle >> iowait >> irq >> softirq);
    use.busy = FromTicks(user + nice + system + irq + softirq);
    is_empty = use.busy + FromTicks(idle + iowait) == absl::ZeroDuration();
  }
  if (!is_found || use.cores == 0) {
    return absl::UnavailableError(absl::StrCat(root_, "/stat cannot be read"));
  }
  if (is_empty && pids.empty()) {
    return absl::UnavailableError(
        absl::StrCat(root_, "/stat shows no processor time at all: a sandbox hides it"));
  }
  for (const int64_t pid : pids) {
    if (const auto process = ReadProcess(absl::StrCat(root_, "/", pid, "/stat"))) {
      use.by_pid[pid] = *process;
    }
  }
  NeverBack(use);
  return use;
}

// The machine was busy for at least as long as the processes that we know.
void ProcfsActivity::NeverBack(Use& use) {
  const Use told = use;
  absl::Duration ours;
  for (const auto& [pid, process] : use.by_pid) {
    if (!last_) break;
    const auto before = last_->by_pid.find(pid);
    const bool is_same = before != last_->by_pid.end() && before->second.started == process.started;
    if (is_same) ours += std::max(process.used - before->second.used, absl::ZeroDuration());
  }
  busy_ = last_ ? busy_ + std::max(told.busy - last_->busy, ours) : told.busy;
  last_ = told;
  use.busy = busy_;
}

}  // namespace powerdown
