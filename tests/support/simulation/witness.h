// Remembers what the daemon told the world, and says which promise it broke. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/run/run.h"
#include "tests/support/simulation/simulated_daemon.h"

namespace powerdown {

// What is promised, in numbers.
struct Promises {
  int64_t max_running = 3;
  absl::Duration end_grace = absl::Seconds(10);  // from being asked to end to being killed
};

// A short text that differs where two updates differ.
std::string DigestOf(const RunUpdate& update);

class Witness {
 public:
  explicit Witness(Promises promises) : promises_(promises) {}

  // The first promise that was broken; empty: none.
  const std::string& violation() const { return violation_; }
  void Blame(const std::string& violation);

  // --- What clients asked and were told ---
  void NoteSubmitted(const Run& run);
  // The run may start anew, or be gone, from now on, whatever the client was answered.
  void NoteRequeue(const std::string& run_id) {
    ++runs_[run_id].requeues;
    runs_[run_id].is_asked = false;
  }
  // The run was asked to pause or to end: it neither waits nor runs anew until it is put back.
  void NoteAsked(Store& store, const std::string& run_id);
  // An imported run: its states are another box's.
  void NoteCopy(const std::string& run_id) { runs_[run_id].is_copy = true; }
  void NoteDeletion(const std::string& run_id) { deletions_.insert(run_id); }
  void NoteDeleted(const std::string& run_id) { deleted_.insert(run_id); }
  // `is_in_trouble`: the disk may have kept the daemon from answering.
  // Whether it is the first answer to this request.
  bool NoteAnswer(const std::string& request_id, const std::string& method,
                  const absl::StatusOr<std::string>& run_id, bool is_in_trouble);
  // A request that was answered OK is stored before its client hears of it.
  void CheckAnswer(Store& store, const std::string& request_id, const std::string& method);
  bool MayBeDeleted(const std::string& run_id) const { return deletions_.contains(run_id); }

  // --- After a tick ---
  // Reads what became visible, and follows each run's states. False where it cannot be read.
  bool Look(Store& store);
  // The tick was at `now`; `is_in_trouble`: the disk or the launcher fails, so waits are excused.
  void CheckTick(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now,
                 bool is_in_trouble);
  // Waits begin anew: another daemon has started.
  void ForgetWaits();

  // --- What watchers were sent ---
  // The watch wants the run's updates from this revision on.
  void NoteWatch(const std::string& watch, int64_t start_revision) {
    watches_[watch] = start_revision;
  }
  void CheckDelivered(const std::string& watch, const std::string& run_id, const RunUpdate& update);
  void CheckBookmark(const std::string& watch, const std::string& run_id, int64_t bookmark);
  // A list of all runs that was told to be up to date.
  void CheckList(const std::map<std::string, RunState>& states);

  // --- After a start ---
  // What was visible is still there, and the database is whole. `is_all`: also what was checked
  // after an earlier start.
  void CheckStored(SimulatedDaemon& daemon, bool is_all);
  // The ledger of this boot tells what its meters told.
  void CheckEnergy(const std::string& boot_id, SimulatedBox& box);

  int64_t updates() const { return static_cast<int64_t>(visible_.size()); }
  int64_t ends() const { return ends_; }
  int64_t newest_revision() const { return looked_through_; }

 private:
  struct Known {
    bool is_submitted = false;
    bool is_copy = false;
    bool is_asked = false;
    std::string owner;
    std::optional<Joules> budget;
    RunState state = RunState::kQueued;
    int64_t requeues = 0;  // requests that may have put it back
    int64_t returns = 0;   // from an ended state
    int64_t ends = 0;
  };
  struct Visible {
    std::string run_id;
    std::string digest;
  };
  // Since when, on the monotonic clock, and over how many ticks.
  struct Wait {
    absl::Duration since;
    int64_t ticks = 0;
  };
  void Follow(const RunEvent& event);
  // The run's first visible update from this revision on; 0: none.
  int64_t FirstOf(const std::string& run_id, int64_t from) const;
  void Enter(const std::string& run_id, Known& run, RunState state);
  void CheckWorkers(const SimulatedWorkers& workers, Instant now);
  void CheckQueue(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now);
  void CheckBudgets(SimulatedDaemon& daemon, const SimulatedWorkers& workers, Instant now);
  // How long this has been true, without a break.
  Wait Waiting(const std::string& what, bool is_waiting, Instant now);

  const Promises promises_;
  std::string violation_;
  std::map<std::string, Known> runs_;
  std::set<std::string> deletions_;                                     // asked for
  std::set<std::string> deleted_;                                       // and done
  std::map<std::pair<std::string, std::string>, std::string> answers_;  // by request id, method
  std::map<int64_t, Visible> visible_;                                  // by revision
  std::map<std::string, std::set<int64_t>> revisions_;                  // of each run
  std::map<std::string, int64_t> watches_;  // each has everything before this revision
  int64_t looked_through_ = 0;
  int64_t stored_through_ = 0;  // found again after a start
  int64_t ends_ = 0;
  std::map<std::string, Wait> waits_;
  std::set<std::string> touched_;  // waits of this tick
};

}  // namespace powerdown
