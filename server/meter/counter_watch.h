// Tells a counter that is only renewed now and then from one that stands still, and learns how
// often it is renewed. Pure; not thread-safe.
#pragma once

#include <deque>
#include <optional>

#include "absl/time/time.h"
#include "common/energy/units.h"

namespace powerdown {

// Nothing that answers draws nothing, so a counter that stands still for longer than its renewal
// takes is broken, whatever the load: AMD's and Intel's were seen to answer and never to move
// (ROCm/amdsmi#38, intel control-library#138).
class CounterWatch {
 public:
  // kWaiting: it may only be late; the next change covers the time.
  enum class State { kMoved, kWaiting, kStuck };
  State Observe(Joules value, absl::Duration now);  // monotonic
  // The longest that its last renewals took; zero while each reading shows a change.
  absl::Duration renewal() const;
  bool has_moved() const { return changes_ > 0; }
  bool has_settled() const { return changes_ > 1; }  // its renewals are known
  // When it changed last; of the first reading while it never did.
  absl::Duration changed_at() const { return changed_at_; }

 private:
  absl::Duration LongestWait() const;

  std::optional<Joules> value_;
  absl::Duration changed_at_;
  int changes_ = 0;
  bool has_stood_ = false;  // at a reading since the last change
  std::deque<absl::Duration> renewals_;
};

}  // namespace powerdown
