#include "server/store/answer_table.h"

#include "server/store/database_file.h"
#include "server/store/statements.h"

namespace powerdown {

absl::StatusOr<std::optional<std::string>> AnswerTable::Find(const std::string& request_id,
                                                             const std::string& method) const {
  return file_.Read(
      [&](DatabaseConnection& database) -> absl::StatusOr<std::optional<std::string>> {
        return SelectAnswer(database, request_id, method);
      });
}

absl::Status AnswerTable::Put(const NewAnswer& answer) {
  if (answer.request_id.empty()) return absl::OkStatus();
  return file_.Write([&](DatabaseConnection& database) {
    Remember(database, answer);
    return absl::OkStatus();
  });
}

absl::Status AnswerTable::Forget(const std::string& method) {
  return file_.Write([&](DatabaseConnection& database) {
    Statement forget(database, "DELETE FROM answers WHERE method = ?");
    Parameters(forget) << method;
    forget.exec();
    return absl::OkStatus();
  });
}

void Remember(DatabaseConnection& database, const NewAnswer& answer) {
  if (answer.request_id.empty()) return;
  InsertAnswer(database, answer.request_id, answer.method, answer.answer);
}

std::optional<std::string> SelectAnswer(DatabaseConnection& database, const std::string& request_id,
                                        const std::string& method) {
  Statement select(database, "SELECT answer FROM answers WHERE request_id = ? AND method = ?");
  Parameters(select) << request_id << method;
  if (!select.executeStep()) return std::nullopt;
  return select.getColumn(0).getString();
}

void InsertAnswer(DatabaseConnection& database, const std::string& request_id,
                  const std::string& method, const std::string& answer) {
  Statement insert(database,
                   "INSERT INTO answers (request_id, method, answer) VALUES (?, ?, ?) "
                   "ON CONFLICT DO NOTHING");
  Parameters(insert) << request_id << method << answer;
  if (insert.exec() == 0) return;
  Statement forget(database, "DELETE FROM answers WHERE entry <= ?");
  Parameters(forget) << database.getLastInsertRowid() - AnswerTable::kMostAnswers;
  forget.exec();
}

}  // namespace powerdown
