// A run that has a worker: what the queue knows about it between two ticks. Plain data.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/energy/units.h"
#include "common/run/worker_lines.h"
#include "server/run/worker.h"
#include "server/run/worker_dialogue.h"
#include "server/run/worker_inbox.h"

namespace powerdown {

struct ActiveRun : RunProgress {
  std::string log_file;
  std::string consumer;                  // of the attempt, in the ledger
  std::optional<Joules> earlier_energy;  // booked to earlier attempts
  absl::Duration launched_at;            // monotonic
  Joules charged;                        // of this attempt, to its owner's share
  // The parts of `charged` by day: the box's clock may be set back to an earlier one.
  std::map<absl::CivilDay, Joules> charged_on;
  bool is_warned = false;                // the warning about the run's energy budget was given
  std::deque<WorkerLine> waiting_lines;  // later than the last tick's time
  std::optional<WorkerExit> exit;
  std::string used_up;                           // which energy budget, of EndReason::kBudget
  std::optional<absl::Duration> kill_at;         // monotonic
  bool has_started = false;                      // its worker has said so
  std::optional<absl::Duration> energy_told_at;  // monotonic; to a command's runner
  bool is_dirty = false;                         // its rows in the store are behind
  std::unique_ptr<WorkerInbox> inbox = std::make_unique<WorkerInbox>();
  std::unique_ptr<Worker> worker;  // destroyed before its inbox
};

}  // namespace powerdown
