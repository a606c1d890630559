#include "server/store/integrity_check.h"

#include "server/store/backup.h"

namespace powerdown {

IntegrityCheck::Finding IntegrityCheck::Ask(absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  is_wanted_ = true;
  // Not until nothing is wanted: whoever asks next may want it again before this thread wakes.
  const auto has_ended = [this, before = ended_] {
    mutex_.AssertReaderHeld();
    return ended_ > before;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&has_ended), limit);
  return {last_, is_wanted_};
}

void IntegrityCheck::Work() {
  {
    absl::MutexLock lock(&mutex_);
    if (!is_wanted_) return;
  }
  const absl::Status found = CheckIntegrity(database_, &is_stopped_);
  if (is_stopped_) return;
  absl::MutexLock lock(&mutex_);
  last_ = found;
  is_wanted_ = false;
  ++ended_;
}

}  // namespace powerdown
