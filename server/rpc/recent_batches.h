// The batches of updates that watchers were sent last, as they go over the wire. Many clients watch
// the same run from the same revision on: what one reads, the others wait for. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/byte_buffer.h"

namespace powerdown {

class RecentBatches {
 public:
  struct Batch {
    grpc::ByteBuffer message;  // a WatchRunResponse; copies share the bytes
    int64_t updates = 0;       // in it
    int64_t next_revision = 0;
    bool is_full = false;  // so that no later update belongs into it
    bool is_last = false;  // the run has ended, and this is all
  };
  // Of a run from a revision on, read when `newest_revision` was the newest published: what is read
  // for the same key later begins with the same.
  struct Key {
    std::string run_id;
    int64_t start_revision = 0;
    int64_t newest_revision = 0;
  };
  using Reader = std::function<absl::StatusOr<Batch>(const Key&)>;
  using Found = std::shared_ptr<const Batch>;

  // What is kept, or what `read` returns. While another call reads the same, it waits for that one.
  absl::StatusOr<Found> Get(const Key& key, const Reader& read);
  // Reads the batches that Get will be asked for next, unless they are there or being read, until
  // one is not full, or kAhead of them are there.
  void ReadAhead(Key key, const Reader& read);

 private:
  // A client takes a batch in a third of the time that it takes to read one from the database: so
  // the reader need not be far ahead, but must not wait for the client.
  static constexpr int kAhead = 4;
  // Some 200,000 updates: whoever opens the same run as somebody before gets it as fast as gRPC
  // sends it.
  static constexpr size_t kMostBytes = 32 << 20;
  static constexpr size_t kMost = 512;  // batches; while a run trains they are short
  struct Entry {
    Key key;
    Found batch;           // null while it is read
    bool is_over = false;  // nobody will find it here: it had nothing, or could not be read
    bool is_dropped = false;
  };
  using SharedEntry = std::shared_ptr<Entry>;  // of the list, of its reader and of who waits

  SharedEntry Find(const Key& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  SharedEntry Add(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Found> ReadInto(const SharedEntry& entry, const Reader& read)
      ABSL_LOCKS_EXCLUDED(mutex_);

  mutable absl::Mutex mutex_;                               // never held while the store is read
  std::list<SharedEntry> entries_ ABSL_GUARDED_BY(mutex_);  // newest first
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;                // of their messages
};

}  // namespace powerdown
