// The open streams, to wake or end all of them. Thread-safe.
#pragma once

#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "common/base/instant.h"

namespace powerdown {

// One open stream. Calls come under the list's lock and must only hand on.
class Watcher {
 public:
  virtual void OnTick(Instant now) = 0;
  virtual void OnDrain() = 0;  // send what there is, then end: the daemon is shutting down

 protected:
  ~Watcher() = default;
};

class WatchList {
 public:
  void Add(Watcher* watcher);
  // Once it returns, no call to the watcher is under way and none will come.
  void Remove(Watcher* watcher);
  void Tick(Instant now);
  void Drain();  // also those that are added later
  void AwaitEmpty(absl::Duration limit);
  size_t size() const;

 private:
  bool IsEmpty() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return watchers_.empty(); }

  mutable absl::Mutex mutex_;
  std::set<Watcher*> watchers_ ABSL_GUARDED_BY(mutex_);
  bool is_draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace powerdown
