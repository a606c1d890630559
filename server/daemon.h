// Composition root: builds the parts, starts and stops them in order; nothing else.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/energy/footprint.h"

namespace powerdown {

class StopWatchdog;

struct DaemonOptions {
  std::string state_dir;
  std::string socket_path;  // empty: <state_dir>/powerdown.sock
  unsigned socket_mode = 0600;
  std::string listen_address;  // "127.0.0.1:0"; empty: no TCP. Always with TLS
  std::string advertise;       // HOST:PORT that paired computers call; empty: the listening address
  std::string sysfs_root = "/sys";
  std::string procfs_root = "/proc";
  std::string worker_program;        // empty: powerdown-worker beside this program
  int64_t max_running = 0;           // 0: as many as cores
  int64_t max_running_per_user = 0;  // 0: as many as max_running
  int64_t max_queued_per_user = 500;
  double worker_memory_factor = 2;  // of what a spec needs; 0: no limit
  absl::Duration idle_exit =
      absl::InfiniteDuration();  // ends after this long without work or calls
  double rated_cpu_watts = 0;    // for the estimate; 0: from the number of cores
  std::string nvml_library = "libnvidia-ml.so.1";
  std::string powermetrics;
  std::string recorded_dir;    // runs shipped with the program; empty: ../share/… of this program
  std::string predictor_file;  // weights; empty: predictor.json beside the recorded runs
  std::string notify_url;      // notices are posted to it; empty: none are
  std::string notify_command;  // or given to this
  absl::Duration notify_idle = absl::InfiniteDuration();  // an empty queue is told after this long
  FootprintFactors factors;
  StopWatchdog* watchdog = nullptr;  // told what the stop waits for; null: nobody is
};

class Daemon {
 public:
  // Opens the store, recovers, binds and serves. Errors are one line naming the thing and the
  // remedy.
  static absl::StatusOr<std::unique_ptr<Daemon>> Create(DaemonOptions options);
  virtual ~Daemon() = default;
  // "unix:/path" and, with TCP, " 127.0.0.1:41234".
  virtual std::string addresses() const = 0;
  // Serves until RequestStop or idle_exit, then drains: health NOT_SERVING, workers checkpoint,
  // commit.
  virtual void Run() = 0;
  virtual void RequestStop() = 0;  // async-signal-safe
};

}  // namespace powerdown
