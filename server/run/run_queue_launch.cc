// How the queue starts workers.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/forecast/predictor.h"
#include "server/run/run_queue.h"
#include "server/run/run_queue_events.h"

namespace powerdown {
namespace {

// A run whose earlier worker still lives is looked at again after this.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);
// Whether a budget has renewed is looked at again after this, at the latest.
constexpr absl::Duration kRenewalCheck = absl::Minutes(1);

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  }
  if (!error) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("cannot make ", path, ": ", error.message()));
}

}  // namespace

void RunQueue::LaunchQueued(Instant now) {
  const bool is_retry_due = next_retry_ && now.monotonic >= *next_retry_;
  if (!may_launch_ && !is_retry_due) return;
  if (FreePlaces() == 0) return;
  const absl::StatusOr<std::vector<Run>> queued = store_->runs().ListInState(RunState::kQueued);
  if (!queued.ok()) return;
  may_launch_ = false;
  next_retry_.reset();
  has_queued_ = !queued->empty();
  for (const Run& run : *queued) {
    const std::optional<AllowanceUse> used_up = spending_.UsedUp(run.owner, now.wall);
    if (!used_up) continue;
    const absl::Duration wait = std::min(used_up->renews_at - now.wall, kRenewalCheck);
    next_retry_ = std::min(next_retry_.value_or(absl::InfiniteDuration()), now.monotonic + wait);
  }
  // As if there were room for all: one that cannot start leaves its place to the next.
  for (const QueuePlace& place : Order(*queued, static_cast<int64_t>(queued->size()), now)) {
    if (FreePlaces() == 0) break;
    if (!place.reason.empty()) continue;
    if (TryLaunch((*queued)[place.index], now)) continue;
    next_retry_ = now.monotonic + kRetryAfter;
    break;
  }
}

bool RunQueue::TryLaunch(const Run& run, Instant now) {
  const absl::Status status = Launch(run, now);
  if (status.ok()) return true;
  RunChange change;
  change.run = run;
  const std::string cause(status.message());
  if (absl::IsFailedPrecondition(status)) {  // its earlier worker still lives: the next run may go
    next_retry_ = now.monotonic + kRetryAfter;
    return true;
  }
  if (absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) {
    // The box's trouble, not the run's: failing it would fail the whole queue.
    const std::string reason = absl::StrCat("waits: ", cause);
    if (run.state_reason != reason) Enter(change, RunState::kQueued, reason, now).IgnoreError();
    return false;
  }
  may_launch_ = true;  // it took its owner's turn
  return Enter(change, RunState::kFailed, cause, now).ok();
}

// The newest full checkpoint that is still there: of a stopped run, the exact state of its stop.
std::string RunQueue::ResumeFile(const Run& run) const {
  const Checkpoint* newest = nullptr;
  for (const Checkpoint& checkpoint : run.checkpoints) {
    if (checkpoint.kind != "full") continue;
    if (!std::filesystem::exists(absl::StrCat(options_.state_dir, "/", checkpoint.file))) continue;
    const bool is_later =
        newest == nullptr || checkpoint.attempt > newest->attempt ||
        (checkpoint.attempt == newest->attempt && checkpoint.step >= newest->step);
    if (is_later) newest = &checkpoint;
  }
  return newest == nullptr ? "" : absl::StrCat(options_.state_dir, "/", newest->file);
}

absl::StatusOr<std::string> RunQueue::PinPredictor() const {
  if (options_.predictor.empty()) return std::string();
  const std::string hash = Sha256Hex(options_.predictor);
  const std::string folder = absl::StrCat(options_.state_dir, "/predictors");
  const std::string path = absl::StrCat(folder, "/", hash, ".json");
  if (std::filesystem::exists(path)) return hash;
  RETURN_IF_ERROR(MakeFolder(folder));
  std::ofstream file(path + ".part", std::ios::binary);
  file << options_.predictor;
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(path + ".part", path, error);
  if (file && !error) return hash;
  return absl::ResourceExhaustedError(absl::StrCat("cannot write ", path));
}

std::string RunQueue::PinnedPredictor(const Run& run) const {
  if (run.predictor.empty()) return "";
  const std::string path = absl::StrCat(options_.state_dir, "/predictors/", run.predictor, ".json");
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::StatusOr<std::optional<RunEvent>> RunQueue::RenewPredictor(Run& run, Instant now) const {
  const std::string pinned = PinnedPredictor(run);
  if (pinned.empty() || !absl::IsFailedPrecondition(Predictor::FromJson(pinned).status())) {
    return std::optional<RunEvent>();
  }
  ASSIGN_OR_RETURN(run.predictor, PinPredictor());
  return MakeEvent(run, 0, EventKind::kAttempt, run.steps,
                   run.predictor.empty()
                       ? "its weights are of another version of the daemon: no more forecasts"
                       : "its weights are of another version of the daemon: forecasts by today's",
                   "", now.wall);
}

StartCommand RunQueue::StartOf(const Run& run, const Attempt& attempt,
                               const std::string& directory) const {
  StartCommand start;
  start.run_id = run.run_id;
  start.attempt = attempt.attempt;
  start.spec = run.spec;
  start.auto_stop = run.auto_stop;
  start.abandon = run.abandon;
  start.predictor = PinnedPredictor(run);
  start.grok_multiple = run.grok_multiple;
  start.directory = directory;
  start.resume_file = ResumeFile(run);
  // A stop that its user asked for says nothing of the rule, which goes on watching.
  start.take_back_stop =
      run.stop && run.stop->mode == StopMode::kTakenBack && run.stop->reason != StopReason::kUser;
  return start;
}

absl::Status RunQueue::Launch(Run run, Instant now) {
  ActiveRun active;
  const std::string folder = absl::StrCat(options_.state_dir, "/runs/", run.run_id);
  active.attempt.attempt = run.attempts.empty() ? 1 : run.attempts.back().attempt + 1;
  active.attempt.started_at = now.wall;
  active.consumer = AttemptConsumer(run.run_id, active.attempt.attempt);
  const std::string directory = absl::StrCat(folder, "/", active.attempt.attempt);
  RETURN_IF_ERROR(MakeFolder(directory));

  WorkerOrder order;
  order.run_id = run.run_id;
  order.log_file = active.log_file = directory + "/worker.log";
  order.lock_file = folder + "/lock";
  ASSIGN_OR_RETURN(const std::vector<LedgerInterval> earlier,
                   store_->ledger().Read(RunConsumerPrefix(run.run_id)));
  if (const auto figure = SumIntervals(earlier)) active.earlier_energy = figure->gross;
  active.inbox->SetLiveModels(&live_);
  ASSIGN_OR_RETURN(active.worker, launcher_->Launch(order, active.inbox.get()));

  ASSIGN_OR_RETURN(const std::optional<RunEvent> renewed, RenewPredictor(run, now));
  run.state = RunState::kRunning;
  run.state_reason.clear();
  if (!run.started_at) run.started_at = now.wall;
  RunChange change;
  change.run = run;
  change.attempt = active.attempt;
  change.events = {StateEvent(run, now.wall)};
  if (renewed) change.events.push_back(*renewed);
  RETURN_IF_ERROR(Commit(change));  // before it starts: on failure the idle worker just ends

  sampler_->AddConsumer(active.consumer, active.worker->pid(), now);
  const StartCommand start = StartOf(run, active.attempt, directory);
  const absl::Status sent = active.worker->Send(FormatCommand(WorkerCommand(start)));
  if (!sent.ok()) {
    active.failure = absl::StrCat("worker could not be told to start: ", sent.message());
    active.worker->Kill();
  }
  active.run = std::move(run);
  const std::string run_id = active.run.run_id;
  live_.Add(run_id, active.worker.get());
  active_.emplace(run_id, std::move(active));
  return absl::OkStatus();
}

}  // namespace powerdown
