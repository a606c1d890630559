#include "server/run/feed.h"

#include <utility>

namespace powerdown {

int64_t Feed::Subscribe(Listener listener) {
  absl::MutexLock lock(&mutex_);
  const int64_t handle = next_handle_++;
  listeners_[handle] = std::move(listener);
  return handle;
}

void Feed::Unsubscribe(int64_t handle) {
  absl::MutexLock lock(&mutex_);
  listeners_.erase(handle);
}

void Feed::Publish(int64_t newest_revision) {
  // Listeners only hand on, so holding the mutex is short, and it is what Unsubscribe waits for.
  absl::MutexLock lock(&mutex_);
  if (newest_revision <= newest_revision_) return;
  newest_revision_ = newest_revision;
  for (const auto& [handle, listener] : listeners_) listener(newest_revision);
}

void Feed::Notify() {
  absl::MutexLock lock(&mutex_);
  for (const auto& [handle, listener] : listeners_) listener(newest_revision_);
}

int64_t Feed::newest_revision() const {
  absl::MutexLock lock(&mutex_);
  return newest_revision_;
}

size_t Feed::watchers() const {
  absl::MutexLock lock(&mutex_);
  return listeners_.size();
}

}  // namespace powerdown
