// The processes that descend from one, found in /proc. Where that one is a subreaper
// (PR_SET_CHILD_SUBREAPER), a process whose parent has ended becomes its child, and none is missed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace powerdown {

// What proc(5) tells in /proc/<pid>/stat. Times are in the kernel's ticks.
struct ProcessFacts {
  int64_t pid = 0;
  int64_t parent = 0;
  bool is_dead = false;  // it has ended, and nobody has waited for it
  int64_t used = 0;      // of its threads
  int64_t waited = 0;    // of children that have ended and were waited for, with theirs
  int64_t started = 0;   // after boot
};
// Nullopt: there is no such process.
std::optional<ProcessFacts> ReadProcessFacts(const std::string& procfs_root, int64_t pid);

// The account (real user) of a process on this machine; nullopt: there is no such process.
std::optional<uint32_t> OwnerOfProcess(int64_t pid, const std::string& procfs_root = "/proc");

// Not thread-safe.
class ProcessTree {
 public:
  explicit ProcessTree(int64_t root, std::string procfs_root = "/proc")
      : root_(root), procfs_(std::move(procfs_root)) {}

  // All of the tree that are alive now, the root first and parents before their children: who ends
  // between two reads is then counted by its parent at the next look, and never twice. Reads a
  // process that is no member only once: who is not in the tree never comes into it.
  std::vector<ProcessFacts> Look();

 private:
  struct Seen {
    bool is_member = false;
    int64_t parent = 0;
  };
  std::vector<int64_t> Listed() const;
  void TakeNew(const std::vector<int64_t>& listed);
  std::vector<int64_t> InOrder() const;

  const int64_t root_;
  const std::string procfs_;
  std::map<int64_t, Seen> seen_;
};

}  // namespace powerdown
