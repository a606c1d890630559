// Runs that were interrupted by trouble that is the box's and not theirs: when each may start
// again, and which has been killed too often to go on. Pure. For one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace powerdown {

class BoxTroubles {
 public:
  // The first pause doubles with each interruption that made no progress, up to the longest.
  static constexpr absl::Duration kFirstPause = absl::Seconds(1);
  static constexpr absl::Duration kLongestPause = absl::Minutes(5);
  // A worker that was killed so often at the same place is too large for this box. A disk may stay
  // full as long as it likes.
  static constexpr int kMostKills = 5;

  enum class Kind {
    kDisk,  // it could not write or read a file
    kKill,  // a SIGKILL that the daemon did not send: the kernel's, for memory, or an operator's
  };
  // The run was interrupted after it had reached `step`. ResourceExhausted: it was killed
  // kMostKills times without getting further.
  absl::Status Note(const std::string& run_id, Kind kind, int64_t step, absl::Duration now);
  // When the run may start again, monotonic; nullopt: now.
  std::optional<absl::Duration> HeldBackUntil(const std::string& run_id, absl::Duration now) const;
  // The run ended, or its user took it in hand.
  void Forget(const std::string& run_id) { entries_.erase(run_id); }

 private:
  struct Entry {
    int64_t furthest_step = -1;
    int kills = 0;  // without progress
    absl::Duration pause;
    absl::Duration until;
  };
  std::map<std::string, Entry> entries_;  // by run
};

}  // namespace powerdown
