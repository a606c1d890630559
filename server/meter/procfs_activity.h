// CPU time of the machine and of processes, from a procfs root.
#pragma once

#include <string>
#include <vector>

#include "server/meter/power_meter.h"

namespace powerdown {

class ProcfsActivity : public HostActivity {
 public:
  explicit ProcfsActivity(std::string procfs_root) : root_(std::move(procfs_root)) {}
  // Unavailable if <root>/stat cannot be read. Resolution is the kernel's tick, usually 10 ms.
  absl::StatusOr<Use> Read(const std::vector<int64_t>& pids) override;

 private:
  const std::string root_;
};

}  // namespace powerdown
