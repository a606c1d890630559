#include <set>

#include "client/cli/commands/commands.h"
#include "client/cli/output.h"
#include "client/cli/session.h"
#include "client/cli/terminal/grid_picture.h"
#include "client/cli/terminal/png_file.h"
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
constexpr int64_t kMostQuestions = 10000;
constexpr size_t kMostQuizColumns = 8;

struct QuizOptions {
  std::vector<std::string> run_ids;    // several: side by side
  std::vector<std::string> ats;        // likewise; empty: the stages of one run, the end of several
  std::vector<std::string> questions;  // empty: `count` held-out ones
  int64_t count = 10;
  int64_t seed = 0;
  std::string grid_file;  // empty: no picture

  bool asks_every_checkpoint() const { return ats == std::vector<std::string>{kEveryCheckpoint}; }
};

absl::StatusOr<QuizOptions> ReadQuiz(const CommandWords& words) {
  QuizOptions options{.run_ids = words.operands,
                      .ats = words.All("--at"),
                      .questions = words.All("--ask"),
                      .grid_file = words.Text("--grid")};
  if (options.run_ids.size() * std::max<size_t>(1, options.ats.size()) > kMostQuizColumns) {
    return absl::InvalidArgumentError(
        Concat("quiz: too many models; allowed: ", kMostQuizColumns, " side by side"));
  }
  ASSIGN_OR_RETURN(options.count, words.Whole("--count", options.count, 1, kMostQuestions));
  ASSIGN_OR_RETURN(options.seed, words.Whole("--seed", 0, 0, INT64_MAX));
  return options;
}

// The models to ask: those that were named, or those that the runs have.
absl::StatusOr<std::vector<QuizColumn>> ColumnsOf(Connection& connection,
                                                  const QuizOptions& options) {
  std::vector<QuizColumn> columns;
  for (const std::string& run_id : options.run_ids) {
    if (options.ats.empty() && options.run_ids.size() > 1) {
      columns.push_back({run_id, "latest"});
      continue;
    }
    if (options.ats.empty() || options.asks_every_checkpoint()) {
      ASSIGN_OR_RETURN(const Run run, connection.GetRun(run_id));
      const std::vector<QuizColumn> own = options.ats.empty() ? StagesOf(run) : AllOf(run);
      columns.insert(columns.end(), own.begin(), own.end());
      continue;
    }
    for (const std::string& at : options.ats) columns.push_back({run_id, at});
  }
  if (columns.empty()) {
    return absl::NotFoundError(Concat("run ", options.run_ids[0], " has no checkpoint yet"));
  }
  return columns;
}

// Asks all models the same questions. Another run may hold out other questions, so it is asked
// those that were drawn for the first run.
absl::StatusOr<std::vector<QuizResult>> AskAll(Connection& connection, const QuizOptions& options,
                                               const std::vector<QuizColumn>& columns) {
  std::vector<QuizResult> results;
  for (const QuizColumn& column : columns) {
    std::vector<std::string> questions = options.questions;
    if (questions.empty() && column.run_id != columns[0].run_id) {
      for (const QuizAnswer& answer : results[0].questions) questions.push_back(answer.question);
    }
    ASSIGN_OR_RETURN(QuizResult result,
                     connection.Ask({column.run_id, column.at, std::move(questions), options.count,
                                     static_cast<uint64_t>(options.seed)}));
    results.push_back(std::move(result));
  }
  return results;
}

Json AnswerRow(const QuizResult& result, const QuizAnswer& answer) {
  Json row = {
      {"run_id", result.run_id}, {"at_step", result.at_step}, {"label", result.label.name()}};
  row.update(QuizAnswerJson(answer));
  return row;
}

// JSON is one object where exactly one model was named, else an array.
bool IsList(const QuizOptions& options, size_t models) {
  return options.ats.size() != 1 || models != 1;
}

absl::Status PrintResults(Console& console, const std::vector<QuizResult>& results,
                          const QuizOptions& options) {
  std::vector<Json> objects;
  std::vector<Json> rows;
  for (const QuizResult& result : results) {
    objects.push_back(QuizJson(result));
    for (const QuizAnswer& answer : result.questions) rows.push_back(AnswerRow(result, answer));
  }
  return Print(console, {.objects = std::move(objects),
                         .is_list = IsList(options, results.size()),
                         .rows = std::move(rows),
                         .text = [&](const Style& style) {
                           return options.asks_every_checkpoint() ? ScoreTable(results, style)
                                                                  : QuizTable(results, style);
                         }});
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

std::string DrawnTable(const std::vector<DrawnGrid>& drawn, const Style& style) {
  std::vector<QuizResult> results;
  for (const DrawnGrid& one : drawn) {
    results.push_back({.run_id = one.grid.run_id,
                       .at_step = one.grid.at_step,
                       .checkpoint = one.grid.checkpoint,
                       .label = one.grid.label,
                       .score = one.grid.score,
                       .energy = one.grid.energy});
  }
  return ScoreTable(results, style);
}

absl::Status PrintDrawn(Console& console, const std::vector<DrawnGrid>& drawn,
                        const QuizOptions& options) {
  std::vector<Json> objects;
  for (const DrawnGrid& one : drawn) {
    objects.push_back(GridJson(one.grid));
    objects.back()["file"] = one.file;
  }
  RETURN_IF_ERROR(
      Print(console, {.objects = std::move(objects),
                      .is_list = IsList(options, drawn.size()),
                      .text = [&](const Style& style) { return DrawnTable(drawn, style); }}));
  if (console.IsForPeople()) {
    const bool is_one_file = drawn.front().file == drawn.back().file;
    console.Say(
        Concat("wrote ", drawn[0].file, is_one_file ? "" : Concat(" to ", drawn.back().file)));
  }
  return absl::OkStatus();
}

// One picture with the models side by side; for every checkpoint, one picture each.
absl::Status DrawGrids(Console& console, Connection& connection, const QuizOptions& options,
                       const std::vector<QuizColumn>& columns) {
  const bool is_sequence = options.asks_every_checkpoint();
  ASSIGN_OR_RETURN(const Run run, connection.GetRun(columns[0].run_id));
  const std::string title = SpecTitle(run.spec);
  std::vector<DrawnGrid> drawn;
  std::vector<AnswerGrid> panels;
  for (const QuizColumn& column : columns) {
    ASSIGN_OR_RETURN(AnswerGrid grid, connection.GetAnswerGrid(column.run_id, column.at));
    const std::string file =
        is_sequence ? FrameFile(options.grid_file, grid.at_step) : options.grid_file;
    if (is_sequence) RETURN_IF_ERROR(WritePng(file, GridPicture({grid}, title)));
    if (!is_sequence) panels.push_back(grid);
    drawn.push_back({std::move(grid), file});
  }
  if (!is_sequence) RETURN_IF_ERROR(WritePng(options.grid_file, GridPicture(panels, title)));
  return PrintDrawn(console, drawn, options);
}

absl::StatusOr<ExitCode> AskQuiz(Session& session, const QuizOptions& options) {
  ASSIGN_OR_RETURN(Connection* const connection, session.Connect());
  ASSIGN_OR_RETURN(const std::vector<QuizColumn> columns, ColumnsOf(*connection, options));
  Console& console = session.console();
  if (!options.grid_file.empty()) return Done(DrawGrids(console, *connection, options, columns));
  ASSIGN_OR_RETURN(const std::vector<QuizResult> results, AskAll(*connection, options, columns));
  return Done(PrintResults(console, results, options));
}

}  // namespace

CommandTree QuizCommand() {
  return {.name = "quiz",
          .help = "ask trained networks questions; one run is asked at each stage of its learning",
          .examples = {"powerdown quiz 01k9", "powerdown quiz 01k9 --at grokked --ask '17 + 44'",
                       "powerdown quiz 01k9 --at latest         the live model, while it trains",
                       "powerdown quiz 01k9 --grid table.png    every question, as a picture",
                       "powerdown quiz 01k9 --at all --grid table.png    one for each checkpoint"},
          .operand = {.name = "RUN", .is_repeatable = true},
          .flags = {RepeatableFlag("--at", "POINT",
                                   "which model: a step, a checkpoint's id, latest, memorised, "
                                   "grokked, stop, best, last, or all; may be repeated"),
                    RepeatableFlag("--ask", "QUESTION", "ask this: \"17 + 44\"; may be repeated"),
                    Flag("--count", "N", "number of held-out questions [10]"),
                    Flag("--seed", "N", "seed that picks the questions [0]"),
                    Flag("--grid", "FILE.png", "draw the answers to all questions instead")},
          .read = ReadThenRun(ReadQuiz, AskQuiz)};
}

}  // namespace powerdown
