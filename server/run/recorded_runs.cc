#include "server/run/recorded_runs.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/forecast/held_out.h"

namespace powerdown {
namespace {

constexpr std::string_view kSuffix = ".jsonl.zst";

std::string RunIdOf(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  return name.substr(0, name.size() - kSuffix.size());
}

}  // namespace

RecordedRuns::RecordedRuns(const std::string& folder, RunQueue* queue, Store* store)
    : queue_(queue), store_(store) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string file = entry.path().string();
    if (std::string_view(file).ends_with(kSuffix)) files_.push_back(file);
  }
  std::sort(files_.rbegin(), files_.rend());
  if (!files_.empty()) ReadForecasts(Concat(folder, "/", kHeldOutFile));
}

void RecordedRuns::ReadForecasts(const std::string& path) {
  std::ifstream file(path);
  if (!file) return;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  absl::StatusOr<std::vector<HeldOutForecasts>> all = ParseHeldOut(text);
  if (!all.ok()) {
    unreadable_ = absl::Status(all.status().code(),
                               AbslView(Concat(path, ": ", StdView(all.status().message()))));
    return;
  }
  for (HeldOutForecasts& held_out : *all) {
    forecasts_[held_out.run_id] = std::move(held_out.forecasts);
  }
}

absl::Status RecordedRuns::Tick() {
  if (!unreadable_.ok()) return std::exchange(unreadable_, absl::OkStatus());
  while (!files_.empty()) {
    const std::string path = std::move(files_.back());
    files_.pop_back();
    ASSIGN_OR_RETURN(const bool is_here, store_->runs().Has(RunIdOf(path)));
    if (is_here) continue;
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (!file) return absl::UnavailableError(AbslView(Concat("cannot read ", path)));
    ASSIGN_OR_RETURN(std::vector<RunBundle> bundles, ReadBundles(bytes, path));
    for (RunBundle& bundle : bundles) TellForecasts(forecasts_[bundle.run.run_id], bundle);
    return queue_->ImportRecorded(std::move(bundles));
  }
  return absl::OkStatus();
}

}  // namespace powerdown
