// How the parts of Store reach its connections; included by server/store/*.cc only.
#pragma once

#include <SQLiteCpp/Transaction.h>

#include "server/store/sqlite_status.h"
#include "server/store/store.h"

namespace powerdown {

template <typename Body>
std::invoke_result_t<Body, SQLite::Database&> Store::Read(Body body) const {
  const auto read = [&](SQLite::Database& database) {
    return StopExceptions(options_.path, &database, [&] { return body(database); });
  };
  if (options_.path == ":memory:") {
    absl::MutexLock lock(&write_mutex_);
    return read(*writer_);
  }
  absl::MutexLock lock(&read_mutex_);
  return read(*reader_);
}

template <typename Body>
std::invoke_result_t<Body, SQLite::Database&> Store::Write(Body body) {
  absl::MutexLock lock(&write_mutex_);
  return WriteLocked(std::move(body));
}

template <typename Body>
std::invoke_result_t<Body, SQLite::Database&> Store::WriteLocked(Body body) {
  SQLite::Database& database = *writer_;
  return StopExceptions(options_.path, &database, [&] {
    // Takes the write lock now: a transaction that turns into a writer later can fail at any step.
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    auto result = body(database);
    if (result.ok()) transaction.commit();
    return result;
  });
}

}  // namespace powerdown
