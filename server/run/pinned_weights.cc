#include "server/run/pinned_weights.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/sha256.h"
#include "common/base/status.h"
#include "common/forecast/predictor.h"
#include "common/platform/files.h"
#include "server/run/run_events.h"
#include "server/run/run_folders.h"

namespace powerdown {

PinnedWeights::PinnedWeights(const std::string& state_dir, std::string current)
    : folder_(state_dir + "/predictors"), current_(std::move(current)) {}

std::string PinnedWeights::PathOf(const std::string& hash) const {
  return absl::StrCat(folder_, "/", hash, ".json");
}

absl::StatusOr<std::string> PinnedWeights::Pin() const {
  if (current_.empty()) return std::string();
  const std::string hash = Sha256Hex(current_);
  const std::string path = PathOf(hash);
  if (std::filesystem::exists(path)) return hash;
  RETURN_IF_ERROR(MakeFolder(folder_));
  const absl::Status written = WriteFile(path, current_);
  if (written.ok()) return hash;
  return absl::ResourceExhaustedError(written.message());
}

std::string PinnedWeights::Read(const Run& run) const {
  if (run.predictor.empty()) return "";
  return ReadFile(PathOf(run.predictor)).value_or("");
}

absl::StatusOr<std::optional<RunEvent>> PinnedWeights::Renew(Run& run, absl::Time now) const {
  const std::string pinned = Read(run);
  if (pinned.empty() || !absl::IsFailedPrecondition(Predictor::FromJson(pinned).status())) {
    return std::optional<RunEvent>();
  }
  ASSIGN_OR_RETURN(run.predictor, Pin());
  return MakeEvent(
      run, 0, EventKind::kAttempt, run.steps,
      absl::StrCat("the run's forecast weights came from another version; ",
                   run.predictor.empty() ? "no more forecasts" : "using the current ones"),
      "", now);
}

}  // namespace powerdown
