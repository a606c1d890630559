// Owns the life of runs: queue, state machine, workers. It decides; adapters translate.
//
// Thread-safe. Mutations are durable when they return. Worker lines arrive on reader threads and
// are only noted; Tick, called by the daemon's one loop, does the work: it books energy, appends
// rows, commits the group, publishes the revision, starts and ends workers.
//
//   queued -> running -> finished | stopped | failed | cancelled
//      ^         |
//      +-- paused (by `pause`); interrupted runs go back to queued from their last full checkpoint
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/ids.h"
#include "common/forecast/predictor.h"
#include "common/run/run.h"
#include "server/clock.h"
#include "server/meter/sampler.h"
#include "server/run/active_run.h"
#include "server/run/feed.h"
#include "server/run/live_models.h"
#include "server/run/queue_order.h"
#include "server/run/spending.h"
#include "server/run/worker.h"
#include "server/store/store.h"

namespace powerdown {

struct RunQueueOptions {
  std::string state_dir;  // runs/<id>/<attempt>/ are below it
  std::string boot_id;
  int64_t max_running = 2;  // one thread a run: as many as cores, daemon sets it
  int64_t max_queued_per_user = 500;
  int64_t max_running_per_user = 0;              // 0: as many as there are workers
  absl::Duration end_grace = absl::Seconds(10);  // after EndCommand, before Kill
  FootprintFactors factors;
  std::string predictor;  // weights as JSON, pinned to each run that is submitted; empty: none
  std::shared_ptr<const Predictor> forecaster;  // of these weights; shared with the services
};

struct SubmitRequest {
  RunSpec spec;
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

  absl::StatusOr<Run> Submit(const SubmitRequest& request);
  // With energy, co2 and cost from the ledger, and of a queued run its place and what it waits for
  // as state_reason. Prefixes of ids are accepted by all calls.
  absl::StatusOr<Run> Get(const std::string& run_id) const;
  absl::StatusOr<std::vector<Run>> List(const RunFilter& filter) const;
  absl::StatusOr<Run> Pause(const std::string& run_id, const std::string& request_id);
  // Queues a paused, failed or interrupted run again, from its last full checkpoint.
  absl::StatusOr<Run> Resume(const std::string& run_id, const std::string& request_id);
  absl::StatusOr<Run> Stop(const std::string& run_id, const std::string& request_id);
  // Takes an automatic or asked-for stop back: goes on from the `stop` checkpoint, bit-exactly.
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
  // Takes runs in, all or none, and returns them. They keep their ids; one without an id gets one,
  // and with `may_rename` also one whose id is taken.
  absl::StatusOr<std::vector<Run>> Import(std::vector<RunBundle> bundles, const std::string& owner,
                                          bool may_rename, const std::string& request_id);
  // Takes shipped runs in, but for those that are here.
  absl::Status ImportRecorded(std::vector<RunBundle> bundles);

  // What a user may use in a period; no budget: as much as they like. InvalidArgument for one that
  // cannot be turned into energy.
  absl::Status SetAllowance(const std::string& user, Period period,
                            const std::optional<Budget>& budget);
  std::vector<AllowanceUse> AllowancesOf(const std::string& user) const;  // shortest period first

  // The models of running runs, to be asked.
  LiveModels& live() { return live_; }

  // One round of work; see above. `now` is also the time stamped on what happens in it.
  void Tick(Instant now);
  // Asks all workers to checkpoint and end; Tick until is_idle().
  void BeginShutdown(Instant now);
  bool is_idle() const;   // no worker runs, and all is written
  bool has_work() const;  // a worker runs, or a run is queued
  // The store's last commit error, for health; ok when commits succeed.
  absl::Status health() const;

 private:
  // --- run_queue.cc ---
  absl::StatusOr<Run> Find(const std::string& run_id) const;
  absl::Status CommitAndPublish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes a change of a run durable, with what waits, and then visible; or fails and changes
  // nothing.
  absl::Status Commit(const RunChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AppendEvent(const Run& run, int64_t attempt, EventKind kind, std::optional<int64_t> step,
                   const std::string& message, const std::string& details_json, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status AddBills(std::vector<Run>& runs) const;
  void WriteDirtyRuns() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- run_queue_sharing.cc ---
  // What was used lately is known again after a restart, from the newest runs.
  absl::Status RecallUse(Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Counts what the run used since the last call against its owner.
  void Charge(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<QueuePlace> Order(const std::vector<Run>& queued, int64_t free_places,
                                Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t FreePlaces() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Says of each queued run where it stands and when it is expected to start.
  void AddPlaces(std::vector<Run>& runs) const;
  // At most how long from now until each place is up, as long as that can be told.
  std::vector<absl::Duration> ExpectedStarts(const std::vector<Run>& queued,
                                             const std::vector<QueuePlace>& order,
                                             Instant now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- run_queue_budgets.cc ---
  // What users may use and have used is known again after a restart.
  absl::Status RecallSpending(Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What a run will use: the median of runs like it; where too few have ended here, its forecast
  // steps at what a step has cost here. Absent where no step like its own was ever metered.
  struct ExpectedEnergy {
    Joules energy;
    std::string source;  // "1 Wh is the median of 5 runs like it here (…)"
  };
  absl::StatusOr<std::optional<ExpectedEnergy>> Expect(const Run& run) const;
  std::optional<ExpectedEnergy> ExpectFromForecast(const Run& run,
                                                   const std::vector<Run>& earlier) const;
  // FailedPrecondition when a budget of the run or of its owner does not allow what it is expected
  // to use.
  absl::Status CheckBudgets(const Run& run, Instant now) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // FailedPrecondition when the run, or its owner, has used a budget up: it would be paused again.
  absl::Status CheckLeft(const Run& run, Instant now) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Warns at 80% of the run's and of its owner's budgets, and has it paused when one is used up.
  // `used` is the run's, absent while it is not known.
  void EnforceBudgets(ActiveRun& active, std::optional<Joules> used, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void PauseForBudget(ActiveRun& active, const std::string& used_up, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- run_queue_requests.cc ---
  // Repeats the first answer of `request_id`, or makes it: finds the run and acts.
  template <typename Action>
  absl::StatusOr<Run> Mutate(const std::string& run_id, const std::string& request_id,
                             const std::string& method, Action action);
  absl::StatusOr<std::optional<std::string>> EarlierAnswer(const std::string& request_id,
                                                           const std::string& method) const;
  absl::Status CheckQueueLimit(const std::string& owner) const;
  // Asks the worker of `change.run` to end. A stronger reason replaces a weaker one that was asked
  // for before; a weaker one is refused.
  absl::Status End(RunChange& change, EndReason reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Requeue(RunChange& change, const std::string& reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Brings a run without a worker into a state.
  absl::Status Enter(RunChange& change, RunState state, const std::string& reason, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- run_queue_launch.cc ---
  void LaunchQueued(Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Starts a run, fails it, or leaves it in the queue: false when nothing can be started now.
  bool TryLaunch(const Run& run, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Launch(Run run, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StartCommand StartOf(const Run& run, const Attempt& attempt, const std::string& directory) const;
  std::string ResumeFile(const Run& run) const;
  // The weights that a run was submitted with, kept in state_dir/predictors.
  absl::StatusOr<std::string> PinPredictor() const;
  std::string PinnedPredictor(const Run& run) const;
  // Weights that another version of the daemon made give way to today's; tells so.
  absl::StatusOr<std::optional<RunEvent>> RenewPredictor(Run& run, Instant now) const;

  // --- run_queue_lines.cc ---
  void TakeLines(ActiveRun& active) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnWorkerLine(ActiveRun& active, const WorkerLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnStarted(ActiveRun& active, const StartedLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnStep(ActiveRun& active, const StepLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnDecision(ActiveRun& active, const DecisionLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnForecast(ActiveRun& active, const ForecastLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnCheckpoint(ActiveRun& active, const CheckpointLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnFrames(ActiveRun& active, const FramesLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnMilestone(ActiveRun& active, const MilestoneLine& line, Instant now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The worker is gone: decides what became of the run, and says so.
  void Conclude(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string FailureOf(const ActiveRun& active) const;
  void EnforceGrace(ActiveRun& active, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BookEnergy(const Sampler::Booked& booked, Instant now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // With so many rows that cannot be committed, workers wait: memory is bounded.
  static constexpr size_t kMostWaitingRows = 100000;

  const RunQueueOptions options_;
  Clock* const clock_;
  IdGenerator* const ids_;
  Store* const store_;
  Sampler* const sampler_;
  Feed* const feed_;
  WorkerLauncher* const launcher_;

  LiveModels live_;

  mutable absl::Mutex mutex_;
  std::map<std::string, ActiveRun> active_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, RecentEnergy> used_ ABSL_GUARDED_BY(mutex_);  // by owner
  Spending spending_ ABSL_GUARDED_BY(mutex_);
  bool may_launch_ ABSL_GUARDED_BY(mutex_) = true;  // something changed since the last look
  bool has_queued_ ABSL_GUARDED_BY(mutex_) = true;
  std::optional<absl::Duration> next_retry_ ABSL_GUARDED_BY(mutex_);  // monotonic
  bool is_shutting_down_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
