#include "server/run/box_troubles.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace powerdown {

absl::Status BoxTroubles::Note(const std::string& run_id, Kind kind, int64_t step,
                               absl::Duration now) {
  Entry& entry = entries_[run_id];
  if (step > entry.furthest_step) {
    entry = Entry{.furthest_step = step};
  }
  entry.pause =
      entry.pause == absl::ZeroDuration() ? kFirstPause : std::min(entry.pause * 2, kLongestPause);
  entry.until = now + entry.pause;
  if (kind != Kind::kKill || ++entry.kills < kMostKills) return absl::OkStatus();
  const int kills = entry.kills;
  entries_.erase(run_id);
  return absl::ResourceExhaustedError(absl::StrCat(
      "the run's worker was killed ", kills, " times, the last at step ", step,
      ", probably by the kernel for want of memory; try a smaller batch_size or width, "
      "or fewer runs at a time (powerdownd --max-running)"));
}

std::optional<absl::Duration> BoxTroubles::HeldBackUntil(const std::string& run_id,
                                                         absl::Duration now) const {
  const auto found = entries_.find(run_id);
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  return found->second.until;
}

}  // namespace powerdown
