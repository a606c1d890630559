// Asking trained networks: some questions side by side, or all of them as a picture.
#include <set>

#include "client/cli/commands.h"
#include "client/cli/terminal/grid_picture.h"
#include "client/cli/terminal/png_file.h"
#include "client/cli/text/csv.h"
#include "client/cli/text/quiz_columns.h"
#include "client/cli/text/quiz_text.h"
#include "client/model/phrases.h"
#include "common/base/json.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/run/run_json.h"

namespace powerdown {
namespace {

constexpr char kEveryCheckpoint[] = "all";

// The models to ask, from what was said and what the runs have.
absl::StatusOr<std::vector<QuizColumn>> ColumnsOf(Connection& connection,
                                                  const QuizCommand& command) {
  std::vector<QuizColumn> columns;
  for (const std::string& run_id : command.run_ids) {
    if (command.ats.empty() && command.run_ids.size() > 1) {
      columns.push_back({run_id, "latest"});
      continue;
    }
    if (command.ats.empty() || command.ats == std::vector<std::string>{kEveryCheckpoint}) {
      ASSIGN_OR_RETURN(const Run run, connection.GetRun(run_id));
      const std::vector<QuizColumn> own = command.ats.empty() ? StagesOf(run) : AllOf(run);
      columns.insert(columns.end(), own.begin(), own.end());
      continue;
    }
    for (const std::string& at : command.ats) columns.push_back({run_id, at});
  }
  if (columns.empty()) {
    return absl::NotFoundError(Concat("run ", command.run_ids[0], " has no checkpoint yet"));
  }
  return columns;
}

// All are asked the same: another run may hold out other questions, so that it gets those drawn for
// the first run by their text.
absl::StatusOr<std::vector<QuizResult>> AskAll(Connection& connection, const QuizCommand& command,
                                               const std::vector<QuizColumn>& columns) {
  std::vector<QuizResult> results;
  for (const QuizColumn& column : columns) {
    std::vector<std::string> questions = command.questions;
    if (questions.empty() && column.run_id != columns[0].run_id) {
      for (const QuizAnswer& answer : results[0].questions) questions.push_back(answer.question);
    }
    ASSIGN_OR_RETURN(QuizResult result,
                     connection.Ask({column.run_id, column.at, std::move(questions), command.count,
                                     command.seed}));
    results.push_back(std::move(result));
  }
  return results;
}

// A single object where one model was named, else an array.
absl::Status WriteObjects(Session& session, const std::vector<Json>& objects, bool is_single) {
  Console& console = session.console();
  if (session.output() == OutputFormat::kCsv) return console.Write(CsvOf(objects));
  if (session.output() == OutputFormat::kJson) {
    return console.WriteJson(is_single ? objects.at(0) : Json(objects));
  }
  for (const Json& object : objects) RETURN_IF_ERROR(console.WriteJsonLine(object));
  return absl::OkStatus();
}

absl::Status WriteResults(Session& session, const std::vector<QuizResult>& results,
                          const QuizCommand& command) {
  if (session.output() == OutputFormat::kTable) {
    const bool is_long = command.ats == std::vector<std::string>{kEveryCheckpoint};
    const Style& style = session.console().style();
    return session.console().Write(is_long ? ScoreTable(results, style)
                                           : QuizTable(results, style));
  }
  std::vector<Json> objects;
  for (const QuizResult& result : results) {
    if (session.output() != OutputFormat::kCsv) {
      objects.push_back(QuizJson(result));
      continue;
    }
    for (const QuizAnswer& answer : result.questions) {
      Json row = {{"run_id", result.run_id}, {"at_step", result.at_step}, {"label", result.label}};
      row.update(QuizAnswerJson(answer));
      objects.push_back(std::move(row));
    }
  }
  const bool is_single = command.ats.size() == 1 && results.size() == 1;
  return WriteObjects(session, objects, is_single);
}

// "out.png" and step 720: "out-000720.png", with leading zeros so that the files are in order.
std::string FrameFile(const std::string& file, int64_t step) {
  const size_t dot = file.rfind(".png");
  const std::string number = Concat(step);
  const std::string padding(number.size() < 6 ? 6 - number.size() : 0, '0');
  return Concat(file.substr(0, dot), "-", padding, number, ".png");
}

struct DrawnGrid {
  AnswerGrid grid;
  std::string file;
};

absl::Status WriteDrawn(Session& session, const std::vector<DrawnGrid>& drawn,
                        const QuizCommand& command) {
  if (session.output() == OutputFormat::kTable) {
    std::vector<QuizResult> results;
    for (const DrawnGrid& one : drawn) {
      results.push_back({.run_id = one.grid.run_id,
                         .at_step = one.grid.at_step,
                         .checkpoint = one.grid.checkpoint,
                         .label = one.grid.label,
                         .score = one.grid.score,
                         .energy = one.grid.energy});
    }
    RETURN_IF_ERROR(session.console().Write(ScoreTable(results, session.console().style())));
    session.console().Say(drawn.size() == 1 || drawn[0].file == drawn.back().file
                              ? Concat("drawn: ", drawn[0].file)
                              : Concat("drawn: ", drawn[0].file, " to ", drawn.back().file));
    return absl::OkStatus();
  }
  std::vector<Json> objects;
  for (const DrawnGrid& one : drawn) {
    objects.push_back(GridJson(one.grid));
    objects.back()["file"] = one.file;
  }
  return WriteObjects(session, objects, command.ats.size() == 1 && drawn.size() == 1);
}

// One picture of a few models side by side; of every checkpoint, a picture each.
absl::Status DrawGrids(Session& session, Connection& connection, const QuizCommand& command,
                       const std::vector<QuizColumn>& columns) {
  const bool is_sequence = command.ats == std::vector<std::string>{kEveryCheckpoint};
  ASSIGN_OR_RETURN(const Run run, connection.GetRun(columns[0].run_id));
  const std::string title = SpecTitle(run.spec);
  std::vector<DrawnGrid> drawn;
  std::vector<AnswerGrid> panels;
  for (const QuizColumn& column : columns) {
    ASSIGN_OR_RETURN(AnswerGrid grid, connection.GetAnswerGrid(column.run_id, column.at));
    const std::string file =
        is_sequence ? FrameFile(command.grid_file, grid.at_step) : command.grid_file;
    if (is_sequence) RETURN_IF_ERROR(WritePng(file, GridPicture({grid}, title)));
    if (!is_sequence) panels.push_back(grid);
    drawn.push_back({std::move(grid), file});
  }
  if (!is_sequence) RETURN_IF_ERROR(WritePng(command.grid_file, GridPicture(panels, title)));
  return WriteDrawn(session, drawn, command);
}

}  // namespace

absl::StatusOr<ExitCode> Execute(Session& session, const QuizCommand& command) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<QuizColumn> columns, ColumnsOf(*connection, command));
  if (!command.grid_file.empty()) {
    RETURN_IF_ERROR(DrawGrids(session, *connection, command, columns));
    return ExitCode::kDone;
  }
  ASSIGN_OR_RETURN(const std::vector<QuizResult> results, AskAll(*connection, command, columns));
  RETURN_IF_ERROR(WriteResults(session, results, command));
  return ExitCode::kDone;
}

}  // namespace powerdown
