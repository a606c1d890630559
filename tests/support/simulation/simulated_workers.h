// Workers without processes that train by a script drawn from a seed: well, or badly. They outlive
// the daemon that started them by a while, as real ones do. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/instant.h"
#include "common/run/worker_lines.h"
#include "server/run/worker.h"
#include "tests/support/simulation/random.h"

namespace powerdown {

// What goes wrong with a worker, if anything.
enum class Fate {
  kWell,
  kCrashes,          // killed by a signal in the middle
  kEndsWithoutWord,  // exits in the middle, with status 0 and no last line
  kHangs,            // says nothing more, and does not end when asked
  kLingers,          // says that it has ended, and lives on
  kGarbles,          // prints half a line
  kWrongVersion,     // speaks another version of the lines
  kRepeats,          // reports each step twice
  kStepsBack,        // reports smaller steps again
  kReportsLate,      // with times long past
  kReportsAhead,     // with times to come
  kReportsAfterEnd,  // goes on reporting after its last line
  kDeaf,             // what is sent to it fails
  kGroksAndStops,    // the stop rule stops it: no fault
};
inline constexpr int kFates = 14;
std::string NameOf(Fate fate);

class SimulatedWorkers : public WorkerLauncher {
 public:
  explicit SimulatedWorkers(uint64_t seed) : random_(seed) {}

  absl::StatusOr<std::unique_ptr<Worker>> Launch(const WorkerOrder& order,
                                                 WorkerObserver* observer) override;
  absl::StatusOr<std::vector<std::string>> Devices() override {
    return std::vector<std::string>{"cpu"};
  }
  // Lets all work from `from` to `now`.
  void Work(Instant from, Instant now);
  // What each process uses of the processor.
  std::map<int64_t, double> Use() const;

  // The daemon is gone: its workers notice the end of their input, and nobody hears them.
  void LoseDaemon();
  void LosePower();  // all processes are gone

  // Of one worker, for the invariants.
  struct Life {
    std::string run_id;
    int64_t attempt = 0;
    Fate fate = Fate::kWell;
    bool is_attached = true;    // the daemon holds it
    bool is_asked = false;      // to end
    bool has_said_end = false;  // its last line
  };
  // Those whose processes live.
  std::vector<Life> Alive() const;

  bool fails_launches = false;      // no process can be started
  bool ignores_locks = false;       // starts a second worker for a run: no launcher may
  double bad_share = 0.3;           // of workers that have a fate other than kWell
  int64_t most_alive_of_a_run = 0;  // that there ever were at one time

 private:
  struct Process;
  class Handle;
  void Receive(Process& process, const std::string& line);
  void Finish(Process& process, AttemptOutcome outcome, const std::string& reason, Instant now);
  void Step(Process& process, int64_t step, absl::Duration at, Instant now);
  void WorkOne(Process& process, Instant from, Instant now);
  void Misbehave(Process& process, Instant now);
  void Say(Process& process, const WorkerLine& line);
  void SaveCheckpoint(Process& process, CheckpointLabel label);
  void Exit(Process& process, bool was_killed, const std::string& description);

  Random random_;
  int64_t next_pid_ = 100;
  std::map<int64_t, std::shared_ptr<Process>> processes_;  // alive
};

}  // namespace powerdown
