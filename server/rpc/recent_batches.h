// The batches of updates that watchers were sent last. Many clients watch the same run from the
// same revision on: what one has read, the others need not read again. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/arena.h"
#include "powerdown/v1/run_service.pb.h"

namespace powerdown {

class RecentBatches {
 public:
  // Updates of a run from a revision on, read when `newest_revision` was the newest published: what
  // is read for the same key later begins with the same.
  using Key = std::tuple<std::string, int64_t, int64_t>;  // run, start, newest
  class Batch {
   public:
    Batch() = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    const v1::WatchRunResponse& message() const { return *message_; }
    v1::WatchRunResponse& mutable_message() { return *message_; }
    int64_t next_revision = 0;
    bool is_last = false;  // the run has ended, and this is all

   private:
    static google::protobuf::ArenaOptions Blocks() {
      google::protobuf::ArenaOptions options;
      options.start_block_size = size_t{4} << 10;
      options.max_block_size = size_t{256} << 10;
      return options;
    }

    // Thousands of small messages: made and thrown away together.
    google::protobuf::Arena arena_{Blocks()};
    v1::WatchRunResponse* const message_ =
        google::protobuf::Arena::CreateMessage<v1::WatchRunResponse>(&arena_);
  };

  std::shared_ptr<const Batch> Find(const Key& key) const {
    absl::MutexLock lock(&mutex_);
    for (const auto& [its_key, batch] : batches_) {
      if (its_key == key) return batch;
    }
    return nullptr;
  }
  void Put(Key key, std::shared_ptr<const Batch> batch) {
    absl::MutexLock lock(&mutex_);
    batches_.emplace_front(std::move(key), std::move(batch));
    if (batches_.size() > kMost) batches_.pop_back();
  }

 private:
  // Of at most a thousand updates each, so that they stay within a few megabytes.
  static constexpr size_t kMost = 32;

  mutable absl::Mutex mutex_;
  std::deque<std::pair<Key, std::shared_ptr<const Batch>>> batches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace powerdown
