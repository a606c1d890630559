// Follows runs until they end, while the terminal stays alive: redraws, Ctrl-C, a time limit.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/connection/connection.h"

namespace powerdown {

enum class FollowEnd { kComplete, kDetached };

// What to do with what comes. Called by turns, never two at once; not all on one thread.
struct FollowTasks {
  // The index says which run. A failure ends the following and is returned.
  std::function<absl::Status(size_t run, const RunUpdate& update)> on_update;
  std::function<void(const std::string& state)> on_state;
  std::function<void(absl::Time now)> on_tick;  // ten times a second
};

// Returns when all runs have ended, or Ctrl-C detached. DeadlineExceeded after `limit`. The
// connection's watches are cancelled for good where it did not complete.
absl::StatusOr<FollowEnd> Follow(Connection& connection, const std::vector<std::string>& run_ids,
                                 int64_t start_revision, std::optional<absl::Duration> limit,
                                 const FollowTasks& tasks);

}  // namespace powerdown
