// Starts workers as child processes of the daemon.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/run/worker.h"
#include "server/run/worker_devices.h"

namespace powerdown {

// Thread-safe. Each worker has one thread, which reads its stdout.
class LocalLauncher : public WorkerLauncher {
 public:
  // `runner` is for commands.
  explicit LocalLauncher(std::string program, std::string runner = "");
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                 WorkerObserver* observer) override;
  absl::StatusOr<std::vector<std::string>> Devices() override { return devices_.Get(); }

 private:
  const std::string program_;
  const std::string runner_;
  WorkerDevices devices_;
};

}  // namespace powerdown
