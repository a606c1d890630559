// The database file with its three connections: one writes, one reads, so that reads do not wait
// for a commit, and one is for long reads. Thread-safe. Only server/store/*.cc includes this.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/hot_mutex.h"
#include "server/store/sqlite_status.h"
#include "server/store/store_options.h"

namespace powerdown {

class DatabaseFile {
 public:
  // Fails as Store::Open does.
  static absl::StatusOr<std::unique_ptr<DatabaseFile>> Open(StoreOptions options);

  // Runs `body(SQLite::Database&)`, which returns a Status or StatusOr.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Read(Body body) const {
    if (reader_ == nullptr) return ReadFromWriter(std::move(body));
    MayWait();
    absl::MutexLock lock(&read_mutex_);
    SQLite::Database& database = *reader_;
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  }

  // The same on a third connection, for one long work at a time: other readers do not wait for it.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> ReadAside(Body body) const {
    if (aside_ == nullptr) return ReadFromWriter(std::move(body));
    MayWait();
    absl::MutexLock lock(&aside_mutex_);
    SQLite::Database& database = *aside_;
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  }

  // The same on the writing connection: it waits for writes, but never behind a long read.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> ReadFromWriter(Body body) const {
    MayWait();
    absl::MutexLock lock(&write_mutex_);
    SQLite::Database& database = *writer_;
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  }

  // The same in a transaction, which commits if the body's status is ok.
  template <typename Body>
  std::invoke_result_t<Body, SQLite::Database&> Write(Body body) {
    MayWait();
    absl::MutexLock lock(&write_mutex_);
    SQLite::Database& database = *writer_;
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
  explicit DatabaseFile(StoreOptions options);
  absl::Status Connect();

  const StoreOptions options_;
  mutable absl::Mutex write_mutex_;
  mutable absl::Mutex read_mutex_;
  mutable absl::Mutex aside_mutex_;
  // The pointers are constant once Open returned.
  std::unique_ptr<SQLite::Database> writer_ ABSL_PT_GUARDED_BY(write_mutex_);
  // Null for ":memory:", where the writer also reads.
  std::unique_ptr<SQLite::Database> reader_ ABSL_PT_GUARDED_BY(read_mutex_);
  std::unique_ptr<SQLite::Database> aside_ ABSL_PT_GUARDED_BY(aside_mutex_);
};

}  // namespace powerdown
