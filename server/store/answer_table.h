// The answers to requests that changed something, so that a repeated request is answered the same
// and changes nothing. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/database_connection.h"

namespace SQLite {
class Database;
}

namespace powerdown {

class DatabaseFile;

// An answer to be remembered in the transaction that makes it true. Without a request id, none is.
struct NewAnswer {
  std::string request_id;
  std::string method;
  std::string answer;
};

// The answer remembered of a file of recorded runs, by its hash, whose runs are all here: the next
// start does not unpack it again.
inline constexpr char kRecordedRunsTaken[] = "recorded runs taken in";

class AnswerTable {
 public:
  // The oldest go first: of so many, some 40 MB, nobody repeats the request any longer.
  static constexpr int64_t kMostAnswers = 200000;

  explicit AnswerTable(DatabaseFile& file) : file_(file) {}

  // The answer stored under (request_id, method), if any.
  absl::StatusOr<std::optional<std::string>> Find(const std::string& request_id,
                                                  const std::string& method) const;

  // Of what is not a transaction of the database. The first one stays.
  absl::Status Put(const NewAnswer& answer);
  absl::Status Forget(const std::string& method);  // all its answers

 private:
  DatabaseFile& file_;
};

// The same within a transaction, and storing an answer, of which the first stays. For one thread at
// a time; both throw SQLite::Exception.
std::optional<std::string> SelectAnswer(DatabaseConnection& database, const std::string& request_id,
                                        const std::string& method);
void InsertAnswer(DatabaseConnection& database, const std::string& request_id,
                  const std::string& method, const std::string& answer);
void Remember(DatabaseConnection& database, const NewAnswer& answer);

}  // namespace powerdown
