// CPU time of the machine and of processes, from a procfs root.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/platform/process_tree.h"
#include "server/meter/power_meter.h"

namespace powerdown {

class ProcfsActivity : public HostActivity {
 public:
  explicit ProcfsActivity(std::string procfs_root) : root_(std::move(procfs_root)) {}
  // Unavailable if <root>/stat cannot be read, or says nothing (gvisor#9967: all zeros) and no
  // process is asked for. Busy time never goes back (lxcfs#500), and is at least what the processes
  // used. Resolution is the kernel's tick, usually 10 ms.
  void SetTrees(const std::set<int64_t>& leaders) override;
  absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) override;

 private:
  std::optional<Process> ReadProcess(int64_t pid);
  void NeverBack(Use& use);

  const std::string root_;
  std::map<int64_t, ProcessTree> trees_;
  std::optional<Use> last_;  // as the kernel told it
  absl::Duration busy_;      // as told here
};

}  // namespace powerdown
