// Follows runs until they end. Meanwhile the terminal is redrawn, and Ctrl-C or a time limit ends
// the following.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/terminal/live_display.h"
#include "client/connection/connection.h"

namespace powerdown {

enum class FollowEnd { kComplete, kDetached };

// Called one at a time, but not all on one thread.
struct FollowTasks {
  // `run` is an index into the runs. A failure ends the following and is returned.
  std::function<absl::Status(size_t run, const RunUpdate& update)> on_update;
  std::function<void(const std::string& state)> on_state;
  std::function<void(absl::Time now)> on_tick;  // ten times a second
};

// Tasks that keep the display up to date. `display` may be null.
FollowTasks ShowOn(LiveDisplay* display);

// Returns when all runs have ended, or Ctrl-C detached. DeadlineExceeded after `limit`. If the runs
// have not all ended, the connection's watches are cancelled for good.
absl::StatusOr<FollowEnd> Follow(Connection& connection, const std::vector<std::string>& run_ids,
                                 int64_t start_revision, std::optional<absl::Duration> limit,
                                 const FollowTasks& tasks);

}  // namespace powerdown
