#include "common/platform/process_tree.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/platform/files.h"

namespace powerdown {

// Fields 3 and 4 are state and parent, 14 to 17 are utime, stime, cutime and cstime, 22 is the
// start; the name in field 2 may hold spaces and brackets.
std::optional<ProcessFacts> ReadProcessFacts(const std::string& procfs_root, int64_t pid) {
  const absl::StatusOr<std::string> text = ReadFile(absl::StrCat(procfs_root, "/", pid, "/stat"));
  if (!text.ok()) return std::nullopt;
  std::istringstream fields(text->substr(text->rfind(')') + 1));
  ProcessFacts facts;
  facts.pid = pid;
  std::string state;
  std::string skipped;
  fields >> state >> facts.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  int64_t user = 0;
  int64_t system = 0;
  int64_t waited_user = 0;
  int64_t waited_system = 0;
  fields >> user >> system >> waited_user >> waited_system;
  for (int field = 18; field < 22; ++field) fields >> skipped;
  if (!(fields >> facts.started)) return std::nullopt;
  facts.is_dead = state == "Z" || state == "X";
  facts.used = user + system;
  facts.waited = waited_user + waited_system;
  return facts;
}

// Not the owner of its folder, which is root's where the process hides its memory.
std::optional<uint32_t> OwnerOfProcess(int64_t pid, const std::string& procfs_root) {
  std::istringstream lines(ReadFile(absl::StrCat(procfs_root, "/", pid, "/status")).value_or(""));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Uid:")) continue;
    std::istringstream numbers(line.substr(4));
    uint32_t real = 0;
    if (numbers >> real) return real;
  }
  return std::nullopt;
}

std::vector<int64_t> ProcessTree::Listed() const {
  std::vector<int64_t> pids;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(procfs_, none)) {
    int64_t pid = 0;
    if (absl::SimpleAtoi(entry.path().filename().string(), &pid)) pids.push_back(pid);
  }
  return pids;
}

void ProcessTree::TakeNew(const std::vector<int64_t>& listed) {
  std::map<int64_t, int64_t> parents;  // of those that are new
  for (const int64_t pid : listed) {
    if (seen_.contains(pid)) continue;
    const std::optional<ProcessFacts> facts = ReadProcessFacts(procfs_, pid);
    if (facts) parents[pid] = facts->parent;
  }
  seen_[root_].is_member = true;
  for (const auto& [pid, parent] : parents) {
    // Up to somebody who is decided. One whose parent has just ended is looked at again next time.
    int64_t ancestor = pid;
    size_t steps = 0;
    while (!seen_.contains(ancestor) && parents.contains(ancestor) && steps++ <= parents.size()) {
      ancestor = parents.at(ancestor);
    }
    const auto decided = seen_.find(ancestor);
    if (decided == seen_.end() && ancestor != 0) continue;
    seen_[pid] = {decided != seen_.end() && decided->second.is_member, parent};
  }
}

std::vector<int64_t> ProcessTree::InOrder() const {
  std::multimap<int64_t, int64_t> children;
  for (const auto& [pid, seen] : seen_) {
    if (!seen.is_member || pid == root_) continue;
    const bool is_orphan = !seen_.contains(seen.parent) || !seen_.at(seen.parent).is_member;
    children.emplace(is_orphan ? root_ : seen.parent, pid);
  }
  std::vector<int64_t> order = {root_};
  for (size_t i = 0; i < order.size(); ++i) {
    const auto [first, last] = children.equal_range(order[i]);
    for (auto child = first; child != last; ++child) order.push_back(child->second);
  }
  return order;
}

std::vector<ProcessFacts> ProcessTree::Look() {
  const std::vector<int64_t> listed = Listed();
  const std::set<int64_t> alive(listed.begin(), listed.end());
  std::erase_if(seen_, [&](const auto& entry) { return !alive.contains(entry.first); });
  TakeNew(listed);
  std::vector<ProcessFacts> members;
  for (const int64_t pid : InOrder()) {
    const std::optional<ProcessFacts> facts = ReadProcessFacts(procfs_, pid);
    if (!facts) continue;
    seen_[pid].parent = facts->parent;
    members.push_back(*facts);
  }
  return members;
}

}  // namespace powerdown
