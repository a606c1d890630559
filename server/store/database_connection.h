// A connection to the database that keeps its statements: SQLite compiles an SQL text once, not
// each time it runs, which costs as much as running most of ours. For one thread at a time; throws
// SQLite::Exception. Only server/store/*.cc includes this.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>
#include <unordered_map>
#include <utility>

namespace powerdown {

class DatabaseConnection : public SQLite::Database {
 public:
  using SQLite::Database::Database;
  DatabaseConnection(DatabaseConnection&&) = delete;

 private:
  friend class Statement;
  // Of some 10 KiB each. Filters make ever new texts: when so many are kept, all are let go.
  static constexpr size_t kMostStatements = 128;

  SQLite::Statement Take(const std::string& sql) {
    const auto found = idle_.find(sql);
    if (found == idle_.end()) return SQLite::Statement(*this, sql);
    SQLite::Statement statement = std::move(found->second);
    idle_.erase(found);
    return statement;
  }
  void Give(SQLite::Statement statement) {
    // As if it were new. An error was told when the statement ran.
    statement.tryReset();
    statement.clearBindings();
    if (idle_.size() >= kMostStatements) idle_.clear();
    const std::string sql = statement.getQuery();
    idle_.insert_or_assign(sql, std::move(statement));
  }

  std::unordered_map<std::string, SQLite::Statement> idle_;  // by their text
};

// One that its connection lends, with nothing bound, until this ends. Two of the same text at once
// are two.
class Statement : public SQLite::Statement {
 public:
  Statement(DatabaseConnection& connection, const std::string& sql)
      : SQLite::Statement(connection.Take(sql)), connection_(connection) {}
  ~Statement() { connection_.Give(std::move(*this)); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

 private:
  DatabaseConnection& connection_;
};

}  // namespace powerdown
