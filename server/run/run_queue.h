// The state machine of runs: takes requests, starts and ends workers, applies what workers say.
//
// Thread-safe. Changes are durable when they return: whoever makes one takes the turn, and keeps it
// while the disk is written. What is in memory is under a mutex that is never held for that long,
// so that reads wait for nobody. Reader threads put worker lines into inboxes;
// Tick, which the daemon's loop calls, does the work: it books energy, appends rows, commits the
// group, publishes the revision, starts and ends workers.
//
//   queued -> running -> finished | stopped | failed | cancelled
//      ^         |
//      +-- paused (by `pause`); interrupted runs go back to queued from their last full checkpoint
//
// What it decides with stands beside it: Budgets, FairShare, PinnedWeights, RunFolders, and the
// dialogue with a worker (worker_dialogue.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/base/hot_mutex.h"
#include "common/base/ids.h"
#include "common/base/write_turn.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "server/clock.h"
#include "server/meter/sampler.h"
#include "server/run/active_run.h"
#include "server/run/box_troubles.h"
#include "server/run/budgets.h"
#include "server/run/fair_share.h"
#include "server/run/feed.h"
#include "server/run/live_models.h"
#include "server/run/pinned_weights.h"
#include "server/run/run_folders.h"
#include "server/run/worker.h"
#include "server/store/store.h"

namespace powerdown {

// Run::origin of the runs that are shipped.

struct RunQueueOptions {
  std::string state_dir;  // runs/<id>/<attempt>/ are below it
  std::string boot_id;
  int64_t max_running = 2;  // one thread a run: as many as cores, daemon sets it
  int64_t max_queued_per_user = 500;
  int64_t max_running_per_user = 0;  // 0: as many as there are workers
  // Until a worker says that it has started, before Kill: LibTorch and a driver are loaded, and a
  // checkpoint read, from a disk that may be slow.
  absl::Duration start_grace = absl::Minutes(5);
  absl::Duration end_grace = absl::Seconds(10);      // after EndCommand, before Kill
  absl::Duration shutdown_grace = absl::Seconds(7);  // the same when the daemon ends
  // A change waits so long for those before it, which wait for the disk; then it is Unavailable.
  absl::Duration longest_wait = absl::Seconds(5);
  // A worker may allocate so many times what its spec needs (see WorkerMemoryLimit); 0:
  // no limit.
  double worker_memory_factor = 2;
  // Each has a folder of checkpoints and logs, and a row that lists go through; more than twice of
  // what tests/bench history measures.
  int64_t max_runs_per_user = 50000;
  FootprintFactors factors;
  std::string predictor;  // forecast weights as JSON, pinned to each new run; empty: none
  std::shared_ptr<const Predictor> forecaster;  // of these weights; shared with the services
};

struct SubmitRequest {
  RunSpec spec;
  std::optional<CommandSpec> command;    // in place of the spec
  std::vector<std::string> environment;  // "NAME=value" of its variables
  // It runs already: it waits for no place in the queue.
  std::optional<Attachment> attached;
  AutoStop auto_stop = AutoStop::kOn;
  AutoStop abandon = AutoStop::kOff;
  std::optional<double> grok_multiple;
  std::string name;  // empty: made from the spec
  std::string owner;
  std::vector<std::string> tags;
  std::string comparison_id;
  bool is_private = false;
  int64_t priority = 0;
  std::optional<Budget> budget;
  std::string request_id;
  bool validate_only = false;
};

class RunQueue {
 public:
  RunQueue(RunQueueOptions options, Clock* clock, IdGenerator* ids, Store* store, Sampler* sampler,
           Feed* feed, WorkerLauncher* launcher);
  ~RunQueue();

  // Puts runs that were running when the daemon last ended back in the queue (attempt
  // "interrupted"). Call once, before the first Tick.
  absl::Status Recover(Instant now);

  // InvalidArgument for a spec that cannot be trained, on this box too: a GPU that it lacks.
  absl::StatusOr<Run> Submit(const SubmitRequest& request);
  // With energy, co2 and cost from the ledger. The state_reason of a queued run says its place and
  // what it waits for. All calls accept prefixes of ids.
  absl::StatusOr<Run> Get(const std::string& run_id) const;
  absl::StatusOr<std::vector<Run>> List(const RunFilter& filter) const;
  absl::StatusOr<Run> Pause(const std::string& run_id, const std::string& request_id);
  // Queues a paused, failed or interrupted run again, from its last full checkpoint.
  absl::StatusOr<Run> Resume(const std::string& run_id, const std::string& request_id);
  absl::StatusOr<Run> Stop(const std::string& run_id, const std::string& request_id);
  // Takes a stop back: training continues from the `stop` checkpoint, bit-exactly.
  absl::StatusOr<Run> Continue(const std::string& run_id, const std::string& request_id);
  absl::StatusOr<Run> Cancel(const std::string& run_id, const std::string& request_id);
  absl::Status Delete(const std::string& run_id, const std::string& request_id);
  // Writes what is set. FailedPrecondition for a recorded run, which is read-only.
  struct Edit {
    std::optional<std::string> name;
    std::optional<std::string> notes;
    std::optional<std::vector<std::string>> tags;
  };
  absl::StatusOr<Run> Update(const std::string& run_id, const Edit& edit,
                             const std::string& request_id);

  // A run with all its reports, events and energy.
  absl::StatusOr<RunBundle> Export(const std::string& run_id) const;
  // The same as the text of a bundle, in pieces; an error of `take` ends it and is returned.
  using TakePiece = std::function<absl::Status(std::string_view piece)>;
  absl::Status ExportText(const std::string& run_id, const TakePiece& take) const;
  // Adds runs, all or none, and returns them. They keep their ids; a run without an id gets a new
  // one, and with `may_rename` also a run whose id is taken. An error of `next` ends it.
  absl::StatusOr<std::vector<Run>> Import(std::vector<IncomingRun> incoming, const NextUpdate& next,
                                          const std::string& owner, bool may_rename,
                                          const std::string& request_id);
  absl::StatusOr<std::vector<Run>> Import(std::vector<RunBundle> bundles, const std::string& owner,
                                          bool may_rename, const std::string& request_id);
  // Adds the shipped runs that are not here yet.
  absl::Status ImportRecorded(std::vector<RunBundle> bundles);

  // What a user may use in a period; no budget: no limit. InvalidArgument for a budget that cannot
  // be turned into energy.
  absl::Status SetAllowance(const std::string& user, Period period,
                            const std::optional<Budget>& budget, const NewAnswer& answer = {});
  std::vector<AllowanceUse> AllowancesOf(const std::string& user) const;  // shortest period first

  // The models in training, for quizzes.
  LiveModels& live() { return live_; }

  // One round of work, see above. What happens in it gets the time `now`.
  void Tick(Instant now);
  // Asks all workers to checkpoint and end; Tick until is_idle().
  void BeginShutdown(Instant now);
  bool is_idle() const;   // no worker runs, and all is written
  bool has_work() const;  // a worker runs, or a run is queued
  // While it is not ok, no run starts: what is stored may be lost.
  void Hold(absl::Status why);
  // Why runs are held, or the store's last commit error, for health; ok when all is well.
  absl::Status health() const;

 private:
  // --- run_queue.cc ---
  absl::StatusOr<Run> Find(const std::string& run_id) const;
  absl::Status CommitAndPublish() ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes a change of a run durable, with the rows that wait, and then visible; or fails and
  // changes nothing.
  absl::Status Commit(const RunChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The run has entered its state.
  void NoteState(const Run& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  absl::Status Busy() const;  // the turn was not to be had
  absl::Status Report(const absl::StatusOr<int64_t>& revision) ABSL_LOCKS_EXCLUDED(mutex_);
  void BookEnergy(const Sampler::Booked& booked, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteDirtyRuns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- run_queue_launch.cc ---
  int64_t FreePlaces() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<RunningRun> Running(absl::Duration now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<QueuePlace> Order(const std::vector<QueuedRun>& queued, int64_t free_places,
                                const std::map<std::string, AllowanceUse>& used_up,
                                Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Adds to each queued run its place and when it is expected to start.
  void AddPlaces(std::vector<Run>& runs) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Says of runs that train while nothing can be stored why they seem to stand still.
  void AddTrouble(std::vector<Run>& runs) const;
  bool MayLaunch(Instant now) const ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasFreePlace() const ABSL_LOCKS_EXCLUDED(mutex_);
  void LaunchQueued(Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  // The queued runs in the order in which they may start.
  std::vector<QueuedRun> TakeOrder(std::vector<QueuedRun> queued, Instant now)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Starts a run, fails it, or leaves it in the queue: false when nothing can be started now.
  bool TryLaunch(const std::string& run_id, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Launch(Run run, const std::optional<Attachment>& attached, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  void LaunchAt(absl::Duration at) ABSL_LOCKS_EXCLUDED(mutex_);  // monotonic
  void LaunchSoon() ABSL_LOCKS_EXCLUDED(mutex_);                 // at the next tick

  // --- run_queue_workers.cc ---
  void TakeLines(ActiveRun& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyLines(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ApplyLine(ActiveRun& active, const WorkerLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<MeteredUse> UseAt(const ActiveRun& active, absl::Duration at) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts what the run used since the last call against its owner.
  void Charge(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Writes warnings about energy budgets, and pauses the run when one is used up. Every tick: a run
  // that reports late, or never, stays within its budget.
  void EnforceBudgets(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Asks the worker to end, or replaces a weaker reason that it was asked for before.
  void AskToEnd(ActiveRun& active, EndReason reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void HoldForBudget(ActiveRun& active, const std::string& used_up, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells a command what it has used, about once a second.
  void TellEnergy(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EnforceGrace(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Runs whose workers are gone leave them.
  void LeaveEnded(Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(ActiveRun& active, std::string last_log_line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_, mutex_);

  // --- run_queue_requests.cc ---
  // Repeats the first answer of `request_id`, or makes it: finds the run and acts.
  template <typename Action>
  absl::StatusOr<Run> Mutate(const std::string& run_id, const std::string& request_id,
                             const std::string& method, Action action);
  absl::Status CommitWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::optional<std::string>> EarlierAnswer(const std::string& request_id,
                                                           const std::string& method) const;
  absl::StatusOr<RunBundle> ExportHead(const std::string& run_id) const;  // without its updates
  absl::Status LaunchAttached(RunChange& change, const Attachment& attached, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckQueueLimit(const std::string& owner) const;
  absl::Status CheckRunLimit(const std::string& owner, int64_t more) const;
  static absl::Status CheckAttempts(const Run& run);
  // Whether a client may put the run back into the queue.
  absl::Status CheckRequeue(const Run& run, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_);
  // Asks the worker of `change.run` to end, once that is durable. FailedPrecondition where it was
  // asked for a stronger reason before.
  absl::Status End(RunChange& change, EndReason reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  // What End writes before it asks.
  // Whether workers have the device that the spec names. May wait for the worker program.
  absl::Status CheckDevice(const RunSpec& spec) const;
  absl::Status ChangeToAsked(RunChange& change, EndReason reason) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Lets the processes of a command stand still where they are, or go on.
  absl::Status Hold(RunChange& change, bool is_held, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWorker(const Run& run) const ABSL_LOCKS_EXCLUDED(mutex_);
  // Of a run whose daemon ended: as its user had asked, or queued again.
  absl::Status LeaveInterrupted(RunChange& change, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Requeue(RunChange& change, const std::string& reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);
  // Brings a run without a worker into a state.
  absl::Status Enter(RunChange& change, RunState state, const std::string& reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(turn_) ABSL_LOCKS_EXCLUDED(mutex_);

  // With so many rows that cannot be committed, workers wait: memory is bounded.
  static constexpr size_t kMostWaitingRows = 100000;

  const RunQueueOptions options_;
  const RunFolders folders_;
  const PinnedWeights weights_;
  Clock* const clock_;
  IdGenerator* const ids_;
  Store* const store_;
  Sampler* const sampler_;
  Feed* const feed_;
  WorkerLauncher* const launcher_;

  LiveModels live_;

  WriteTurn turn_;   // before mutex_. What follows changes with both, and is read with mutex_ alone
  Budgets budgets_;  // changes with the turn
  BoxTroubles troubles_ ABSL_GUARDED_BY(turn_);
  mutable HotMutex mutex_ ABSL_ACQUIRED_AFTER(turn_);
  std::map<std::string, ActiveRun> active_ ABSL_GUARDED_BY(mutex_);
  FairShare shares_ ABSL_GUARDED_BY(mutex_);
  bool may_launch_ ABSL_GUARDED_BY(mutex_) = true;  // something changed since the last look
  bool has_queued_ ABSL_GUARDED_BY(mutex_) = true;
  std::optional<absl::Duration> next_retry_ ABSL_GUARDED_BY(mutex_);  // monotonic
  bool is_shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  absl::Status hold_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
