// What a worker's lines, and its end, mean for its run. Pure: no store, no clock, no I/O. The queue
// applies what is returned.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/base/instant.h"
#include "common/energy/units.h"
#include "common/run/run.h"
#include "common/run/worker_lines.h"

namespace powerdown {

// The state of the dialogue with one worker.
struct RunProgress {
  Run run;
  Attempt attempt;
  std::optional<EndedLine> ended;  // what the worker said of its end
  std::string failure;             // why the daemon gave the worker up; empty: it did not
};

// What the meters say about a run at the time of a line.
struct MeteredUse {
  Watts power;
  Joules energy;  // of all attempts
};

// What follows from a line, beside the new state.
struct LineEffects {
  std::optional<StepReport> report;
  std::vector<Checkpoint> checkpoints;
  std::vector<RunEvent> events;
  std::optional<std::string> device;  // the device whose energy the worker uses
  std::string gpu_uuid;               // with it, if it is a GPU that is known
  int64_t steps_done = 0;             // since the previous report
  bool is_row_changed = false;        // of the run or the attempt
  bool must_kill = false;             // the worker cannot be used: see RunProgress::failure
};

// Takes one line into `progress`. `used` is for a StepLine; nullopt where it is not known. `ids`
// names new checkpoints.
LineEffects TakeLine(RunProgress& progress, const WorkerLine& line,
                     const std::optional<MeteredUse>& used, IdGenerator& ids, Instant now);

EndRequest RequestOf(EndReason reason);
std::string_view VerbOf(EndReason reason);  // "pause", for messages
std::string AskedTo(EndReason reason);      // the state's reason until the worker has ended

struct WorkerEnd {
  std::string description;       // "exited with status 3"
  bool is_foreign_kill = false;  // see WorkerExit
  std::string last_log_line;     // empty: none, or a signal killed the worker
  EndReason asked = EndReason::kNone;
  std::string used_up;  // which energy budget, of EndReason::kBudget
};

// Whether the box's trouble ended the worker and not its run's: it could not write a checkpoint, or
// somebody else killed it.
bool IsBoxTrouble(const RunProgress& progress, const WorkerEnd& end);

// The worker is gone: decides what became of the run and of the attempt. Returns the events.
std::vector<RunEvent> Conclude(RunProgress& progress, const WorkerEnd& end, absl::Time now);

}  // namespace powerdown
