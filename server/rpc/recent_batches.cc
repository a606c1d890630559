#include "server/rpc/recent_batches.h"

#include <algorithm>
#include <utility>

#include "common/base/hot_mutex.h"

namespace powerdown {

RecentBatches::SharedEntry RecentBatches::Find(const Key& key) const {
  for (const SharedEntry& entry : entries_) {
    if (entry->key.run_id != key.run_id || entry->key.start_revision != key.start_revision)
      continue;
    if (entry->key.newest_revision == key.newest_revision) return entry;
    if (entry->batch != nullptr && entry->batch->is_full) return entry;
  }
  return nullptr;
}

RecentBatches::SharedEntry RecentBatches::Add(const Key& key) {
  entries_.push_front(std::make_shared<Entry>(Entry{.key = key}));
  if (entries_.size() > kMost) DropOldest();
  return entries_.front();
}

void RecentBatches::DropOldest() {
  Entry& oldest = *entries_.back();
  oldest.is_dropped = true;
  if (oldest.batch != nullptr) bytes_ -= oldest.batch->message.Length();
  entries_.pop_back();
}

absl::StatusOr<RecentBatches::Found> RecentBatches::ReadInto(const SharedEntry& entry,
                                                             const Reader& read) {
  absl::StatusOr<Batch> batch = read(entry->key);
  absl::MutexLock lock(&mutex_);
  if (batch.ok() && batch->updates > 0) {
    entry->batch = std::make_shared<const Batch>(*std::move(batch));
    const Found found = entry->batch;
    if (!entry->is_dropped) bytes_ += found->message.Length();
    while (bytes_ > kMostBytes) DropOldest();
    return found;
  }
  // Nothing new is no news for others: the run may end at any time, which has no revision.
  entry->is_over = true;
  entries_.remove(entry);
  if (!batch.ok()) return batch.status();
  return std::make_shared<const Batch>(*std::move(batch));
}

absl::StatusOr<RecentBatches::Found> RecentBatches::Get(const Key& key, const Reader& read) {
  SharedEntry entry;
  {
    MayWait();
    absl::MutexLock lock(&mutex_);
    entry = Find(key);
    if (entry != nullptr) {
      const auto is_read = [this, &entry] {
        mutex_.AssertHeld();
        return entry->batch != nullptr || entry->is_over;
      };
      mutex_.Await(absl::Condition(&is_read));
      if (entry->batch != nullptr) return entry->batch;
    }
    entry = Add(key);
  }
  return ReadInto(entry, read);
}

void RecentBatches::ReadAhead(Key key, const Reader& read) {
  for (int i = 0; i < kAhead; ++i) {
    SharedEntry entry;
    Found batch;
    {
      absl::MutexLock lock(&mutex_);
      if ((entry = Find(key)) != nullptr) {
        if (entry->batch == nullptr) return;  // another reads from here on
        batch = entry->batch;
      } else {
        entry = Add(key);
      }
    }
    // Whoever needs what cannot be read reads it, and is told.
    if (batch == nullptr) batch = ReadInto(entry, read).value_or(nullptr);
    if (batch == nullptr || !batch->is_full) return;
    key.start_revision = batch->next_revision;
  }
}

}  // namespace powerdown
