#include "server/rpc/watch_list.h"

namespace powerdown {

void WatchList::Add(Watcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.insert(watcher);
  if (is_draining_) watcher->OnDrain();
}

void WatchList::Remove(Watcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.erase(watcher);
}

void WatchList::Tick(Instant now) {
  absl::MutexLock lock(&mutex_);
  for (Watcher* watcher : watchers_) watcher->OnTick(now);
}

void WatchList::Drain() {
  absl::MutexLock lock(&mutex_);
  is_draining_ = true;
  for (Watcher* watcher : watchers_) watcher->OnDrain();
}

void WatchList::AwaitEmpty(absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &WatchList::IsEmpty), limit);
}

size_t WatchList::size() const {
  absl::MutexLock lock(&mutex_);
  return watchers_.size();
}

}  // namespace powerdown
