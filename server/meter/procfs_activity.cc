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

}  // namespace

void ProcfsActivity::SetTrees(const std::set<int64_t>& leaders) {
  std::erase_if(trees_, [&](const auto& entry) { return !leaders.contains(entry.first); });
  for (const int64_t leader : leaders) trees_.try_emplace(leader, ProcessTree(leader, root_));
}

std::optional<HostActivity::Process> ProcfsActivity::ReadProcess(int64_t pid) {
  const auto tree = trees_.find(pid);
  if (tree == trees_.end()) {
    const std::optional<ProcessFacts> facts = ReadProcessFacts(root_, pid);
    if (!facts) return std::nullopt;  // it has ended
    return Process{FromTicks(facts->used), FromTicks(facts->started)};
  }
  std::optional<Process> process;
  for (const ProcessFacts& facts : tree->second.Look()) {
    if (!process && facts.pid != pid) break;  // its leader has ended
    if (!process) process.emplace(Process{absl::ZeroDuration(), FromTicks(facts.started)});
    // Who has ended is in the time that somebody in the tree waited for.
    process->used += FromTicks(facts.used + facts.waited);
    process->members.push_back(facts.pid);
  }
  return process;
}

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
    if (const auto process = ReadProcess(pid)) {
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
