// Starts workers as child processes of the daemon.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/run/worker.h"

namespace powerdown {

// Thread-safe. Each worker has one thread, which reads its stdout.
class LocalLauncher : public WorkerLauncher {
 public:
  explicit LocalLauncher(std::string program) : program_(std::move(program)) {}
  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                 WorkerObserver* observer) override;

 private:
  const std::string program_;
};

}  // namespace powerdown
