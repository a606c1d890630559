#include "server/run/recorded_runs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/held_out.h"
#include "common/platform/files.h"

namespace powerdown {
namespace {

// Each takes a few milliseconds: a tick must not keep the runs that train waiting.
constexpr size_t kRunsATick = 16;

}  // namespace

RecordedRuns::RecordedRuns(const std::string& folder, RunQueue* queue, Store* store)
    : files_(ListFiles(folder, kBundleSuffix)), queue_(queue), store_(store) {
  std::reverse(files_.begin(), files_.end());
  if (!files_.empty()) ReadForecasts(Concat(folder, "/", kHeldOutFile));
}

void RecordedRuns::ReadForecasts(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return;
  absl::StatusOr<std::vector<HeldOutForecasts>> all =
      text.ok() ? ParseHeldOut(*text)
                : absl::StatusOr<std::vector<HeldOutForecasts>>(text.status());
  if (!all.ok()) {
    unreadable_ = absl::Status(all.status().code(),
                               AbslView(Concat(path, ": ", StdView(all.status().message()))));
    return;
  }
  for (HeldOutForecasts& held_out : *all) {
    forecasts_[held_out.run_id] = std::move(held_out.forecasts);
  }
}

absl::Status RecordedRuns::OpenNextFile() {
  file_ = std::move(files_.back());
  files_.pop_back();
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(file_));
  hash_ = Sha256Hex(bytes);
  ASSIGN_OR_RETURN(const std::optional<std::string> taken,
                   store_->answers().Find(hash_, kRecordedRunsTaken));
  if (taken) return absl::OkStatus();
  ASSIGN_OR_RETURN(text_, UnpackBundles(bytes, file_));
  for (const BundledRun& run : SplitBundles(text_)) {
    ASSIGN_OR_RETURN(const bool is_here, store_->runs().Has(run.run_id));
    if (!is_here) waiting_.push_back(run);
  }
  std::reverse(waiting_.begin(), waiting_.end());
  is_sound_ = true;
  return waiting_.empty() ? NoteTaken() : absl::OkStatus();
}

absl::Status RecordedRuns::NoteTaken() const {
  return store_->answers().Put({hash_, kRecordedRunsTaken, ""});
}

absl::Status RecordedRuns::Tick() {
  if (!unreadable_.ok()) return std::exchange(unreadable_, absl::OkStatus());
  if (waiting_.empty()) {
    // One file a tick: at most starts all of their runs are here, and unpacking each takes long.
    if (!files_.empty()) RETURN_IF_ERROR(OpenNextFile());
    if (waiting_.empty()) {
      text_ = std::string();
      return absl::OkStatus();
    }
  }
  std::vector<RunBundle> bundles;
  absl::Status problem;
  for (size_t i = 0; i < kRunsATick && !waiting_.empty(); ++i) {
    const BundledRun run = std::move(waiting_.back());
    waiting_.pop_back();
    absl::StatusOr<std::vector<RunBundle>> read =
        ParseBundles(run.text, Concat(file_, ": run ", run.run_id));
    problem.Update(read.status());
    if (!read.ok()) continue;
    TellForecasts(forecasts_[run.run_id], read->front());
    bundles.push_back(std::move(read->front()));
  }
  if (!has_more()) text_ = std::string();
  problem.Update(queue_->ImportRecorded(std::move(bundles)));
  is_sound_ = is_sound_ && problem.ok();
  if (waiting_.empty() && is_sound_) problem.Update(NoteTaken());
  return problem;
}

}  // namespace powerdown
