// How the queue starts workers.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/status.h"
#include "server/run/run_queue.h"

namespace powerdown {
namespace {

// A run whose earlier worker still lives is looked at again after this.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

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
  if (static_cast<int64_t>(active_.size()) >= options_.max_running) return;
  const absl::StatusOr<std::vector<Run>> queued = store_->ListRunsInState(RunState::kQueued);
  if (!queued.ok()) return;
  may_launch_ = false;
  next_retry_.reset();
  has_queued_ = !queued->empty();
  for (const Run& listed : *queued) {
    if (static_cast<int64_t>(active_.size()) >= options_.max_running) break;
    const bool is_ending =
        std::any_of(concluded_.begin(), concluded_.end(),
                    [&](const ActiveRun& active) { return active.run.run_id == listed.run_id; });
    if (is_ending) continue;
    absl::StatusOr<Run> run = store_->GetRun(listed.run_id);
    if (!run.ok()) continue;
    const absl::Status status = Launch(*run, now);
    if (absl::IsFailedPrecondition(status)) {
      next_retry_ = now.monotonic + kRetryAfter;
    } else if (!status.ok()) {
      run->ended_at = now.wall;
      health_.Update(WriteState(*run, RunState::kFailed, std::string(status.message()), now));
    }
  }
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

absl::Status RunQueue::Launch(Run run, Instant now) {
  ActiveRun active;
  const std::string folder = absl::StrCat(options_.state_dir, "/runs/", run.run_id);
  active.attempt.attempt = run.attempts.empty() ? 1 : run.attempts.back().attempt + 1;
  active.attempt.started_at = now.wall;
  active.consumer = AttemptConsumer(run.run_id, active.attempt.attempt);
  const std::string directory = absl::StrCat(folder, "/", active.attempt.attempt);
  RETURN_IF_ERROR(MakeFolder(directory));

  StartCommand start;
  start.run_id = run.run_id;
  start.attempt = active.attempt.attempt;
  start.spec = run.spec;
  start.auto_stop = run.auto_stop;
  start.grok_multiple = run.grok_multiple;
  start.directory = directory;
  start.resume_file = ResumeFile(run);
  start.take_back_stop = run.stop && run.stop->mode == kTakenBack;

  WorkerOrder order;
  order.run_id = run.run_id;
  order.log_file = active.log_file = directory + "/worker.log";
  order.lock_file = folder + "/lock";
  ASSIGN_OR_RETURN(const std::vector<LedgerInterval> earlier,
                   store_->ReadLedger(RunConsumerPrefix(run.run_id)));
  if (const auto figure = SumIntervals(earlier)) active.earlier_energy = figure->gross;
  active.inbox->SetLiveModels(&live_);
  ASSIGN_OR_RETURN(active.worker, launcher_->Launch(order, active.inbox.get()));
  sampler_->AddConsumer(active.consumer, active.worker->pid(), now);
  RETURN_IF_ERROR(active.worker->Send(FormatCommand(WorkerCommand(start))));

  run.state = RunState::kRunning;
  run.state_reason.clear();
  if (!run.started_at) run.started_at = now.wall;
  AppendState(run, now);
  RETURN_IF_ERROR(store_->InsertAttempt(run.run_id, active.attempt));
  RETURN_IF_ERROR(store_->UpdateRun(run));
  active.run = run;
  live_.Add(run.run_id, active.worker.get());
  active_.emplace(run.run_id, std::move(active));
  return absl::OkStatus();
}

}  // namespace powerdown
