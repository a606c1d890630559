// The database file with its connections: one writes, one reads, so that reads do not wait for a
// commit, and some are for long reads. Thread-safe. Only server/store/*.cc includes this.
#pragma once

#include <SQLiteCpp/Transaction.h>

#include <cstdint>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/hot_mutex.h"
#include "server/store/database_connection.h"
#include "server/store/sqlite_status.h"
#include "server/store/store_options.h"

namespace powerdown {

class DatabaseFile {
 public:
  // Fails as Store::Open does.
  static absl::StatusOr<std::unique_ptr<DatabaseFile>> Open(StoreOptions options);

  // Runs `body(DatabaseConnection&)`, which returns a Status or StatusOr.
  template <typename Body>
  std::invoke_result_t<Body, DatabaseConnection&> Read(Body body) const {
    if (reader_ == nullptr) return ReadFromWriter(std::move(body));
    MayWait();
    absl::MutexLock lock(&read_mutex_);
    DatabaseConnection& database = *reader_;
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  }

  // The same on a connection of its own, for a part of long work: others do not wait for it, but
  // for kLongReads such parts at a time.
  static constexpr size_t kLongReads = 6;
  template <typename Body>
  std::invoke_result_t<Body, DatabaseConnection&> ReadAside(Body body) const {
    if (reader_ == nullptr) return ReadFromWriter(std::move(body));
    MayWait();
    std::unique_ptr<DatabaseConnection> database = TakeAside();
    const absl::Cleanup give_back = [&] { PutAside(std::move(database)); };
    return StopExceptions(options_.path, database.get(), [&] { return body(*database); });
  }

  // The same on the writing connection: it waits for writes, but never behind a long read.
  template <typename Body>
  std::invoke_result_t<Body, DatabaseConnection&> ReadFromWriter(Body body) const {
    MayWait();
    absl::MutexLock lock(&write_mutex_);
    DatabaseConnection& database = *writer_;
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  }

  // The same in a transaction, which commits if the body's status is ok. Unavailable for a writer
  // whose turn does not come for long, as on a disk that hangs.
  template <typename Body>
  std::invoke_result_t<Body, DatabaseConnection&> Write(Body body) {
    MayWait();
    const InOrder turn(*this);
    if (!turn.is_ours()) {
      return absl::UnavailableError(
          "earlier changes have been on their way to the disk for long; nothing was changed, try "
          "again");
    }
    absl::MutexLock lock(&write_mutex_);
    DatabaseConnection& database = *writer_;
    return StopExceptions(options_.path, &database, [&] {
      // Takes the write lock now: a transaction that turns into a writer later can fail at any
      // step.
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      auto result = body(database);
      if (result.ok()) transaction.commit();
      return result;
    });
  }

 private:
  // Lets writers in as they came: a mutex alone would go to whoever writes piece after piece.
  class InOrder {
   public:
    explicit InOrder(DatabaseFile& file) : file_(file) {
      absl::MutexLock lock(&file_.order_mutex_);
      const int64_t number = file_.next_writer_++;
      const auto is_ours = [this, number] {
        file_.order_mutex_.AssertHeld();
        return file_.writer_now_ == number;
      };
      is_ours_ = file_.order_mutex_.AwaitWithTimeout(absl::Condition(&is_ours),
                                                     file_.options_.longest_turn);
      if (!is_ours_) file_.gone_writers_.insert(number);
    }
    ~InOrder() {
      if (!is_ours_) return;
      absl::MutexLock lock(&file_.order_mutex_);
      while (file_.gone_writers_.erase(++file_.writer_now_) > 0) continue;
    }
    bool is_ours() const { return is_ours_; }
    InOrder(const InOrder&) = delete;
    InOrder& operator=(const InOrder&) = delete;

   private:
    DatabaseFile& file_;
    bool is_ours_ = false;
  };

  explicit DatabaseFile(StoreOptions options);
  absl::Status Connect();
  std::unique_ptr<DatabaseConnection> TakeAside() const;
  void PutAside(std::unique_ptr<DatabaseConnection> database) const;

  const StoreOptions options_;
  absl::Mutex order_mutex_;
  int64_t next_writer_ ABSL_GUARDED_BY(order_mutex_) = 0;  // the number of the next that comes
  int64_t writer_now_ ABSL_GUARDED_BY(order_mutex_) = 0;   // whose turn it is
  std::set<int64_t> gone_writers_ ABSL_GUARDED_BY(order_mutex_);  // who waited for too long
  mutable absl::Mutex write_mutex_;
  mutable absl::Mutex read_mutex_;
  mutable absl::Mutex aside_mutex_;
  // The pointers are constant once Open returned.
  std::unique_ptr<DatabaseConnection> writer_ ABSL_PT_GUARDED_BY(write_mutex_);
  // Null for ":memory:", where the writer also reads.
  std::unique_ptr<DatabaseConnection> reader_ ABSL_PT_GUARDED_BY(read_mutex_);
  mutable std::vector<std::unique_ptr<DatabaseConnection>> asides_
      ABSL_GUARDED_BY(aside_mutex_);  // those nobody uses
};

}  // namespace powerdown
