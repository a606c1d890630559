// Tells watchers that a newer revision is durable. It carries no data: a watcher re-reads the store
// from its own revision, so a slow one costs no memory and delays nobody. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace powerdown {

class Feed {
 public:
  using Listener = std::function<void(int64_t newest_revision)>;
  // The listener is called from the committing thread and must only hand on. Returns a handle.
  int64_t Subscribe(Listener listener);
  // Returns once no call to the listener is under way.
  void Unsubscribe(int64_t handle);
  void Publish(int64_t newest_revision);
  // Something changed that has no revision of its own: a run's row.
  void Notify();
  int64_t newest_revision() const;
  size_t watchers() const;

 private:
  mutable absl::Mutex mutex_;
  int64_t newest_revision_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t next_handle_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<int64_t, Listener> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
