// Asking a trained network.
#include "client/cli/commands.h"
#include "client/cli/csv.h"
#include "client/cli/quiz_text.h"
#include "common/run_json.h"
#include "common/status.h"
#include "common/text.h"

namespace powerdown {
namespace {

// What there is of memorised and grokked. An error only if there is neither.
absl::StatusOr<std::vector<QuizResult>> AskBeforeAndAfter(Session& session, Connection& connection,
                                                          const QuizCommand& command) {
  std::vector<QuizResult> results;
  std::vector<std::string> missing;
  absl::Status first_error;
  for (const char* at : {"memorised", "grokked"}) {
    absl::StatusOr<QuizResult> result =
        connection.Ask({command.run_id, at, command.questions, command.count, command.seed});
    if (result.ok()) {
      results.push_back(*std::move(result));
    } else if (absl::IsNotFound(result.status()) || absl::IsFailedPrecondition(result.status())) {
      first_error.Update(result.status());
      missing.push_back(at);
    } else {
      return result.status();
    }
  }
  if (results.empty()) return first_error;
  for (const std::string& at : missing) {
    session.console().Say(Concat("this run has no ", at, " checkpoint"));
  }
  return results;
}

absl::Status Write(Session& session, const std::vector<QuizResult>& results, bool is_single) {
  Console& console = session.console();
  if (session.output() == OutputFormat::kTable) {
    return console.Write(QuizTable(results, console.style()));
  }
  if (session.output() == OutputFormat::kCsv) {
    std::vector<Json> rows;
    for (const QuizResult& result : results) {
      for (const QuizAnswer& answer : result.questions) {
        Json row = {
            {"run_id", result.run_id}, {"at_step", result.at_step}, {"label", result.label}};
        row.update(QuizAnswerJson(answer));
        rows.push_back(std::move(row));
      }
    }
    return console.Write(CsvOf(rows));
  }
  Json array = Json::array();
  for (const QuizResult& result : results) array.push_back(QuizJson(result));
  if (session.output() == OutputFormat::kJson) {
    return console.WriteJson(is_single ? array.at(0) : array);
  }
  for (const Json& object : array) RETURN_IF_ERROR(console.WriteJsonLine(object));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const QuizCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  std::vector<QuizResult> results;
  if (command.at.empty()) {
    ASSIGN_OR_RETURN(results, AskBeforeAndAfter(session, *connection, command));
  } else {
    ASSIGN_OR_RETURN(QuizResult result,
                     connection->Ask({command.run_id, command.at, command.questions, command.count,
                                      command.seed}));
    results.push_back(std::move(result));
  }
  RETURN_IF_ERROR(Write(session, results, !command.at.empty()));
  return ExitCode::kDone;
}

}  // namespace powerdown
