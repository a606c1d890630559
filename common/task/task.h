// Tasks: a finite table of questions with one right answer each, and its held-out split.
// Pure and deterministic. To add a named task, add one entry to the table in task.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace powerdown {

// The part of a run's spec that says what is asked and which of it is held out; RunSpec converts to
// it. Views: the spec must outlive it.
struct TaskSpec {
  std::string_view task;
  int64_t modulus = 59;
  double train_fraction = 0.5;
  double label_noise = 0;
  int64_t split_seed = 0;
  std::string_view split = "random";  // random, unordered
  std::string_view table;             // the lines of a "table:" task
};

// A question is `operands` symbols, each 0 ≤ symbol < symbols; the answer is 0 ≤ answer < classes.
struct TaskTable {
  int64_t operands = 2;
  int64_t symbols = 0;
  int64_t classes = 0;
  std::vector<int32_t> questions;  // row-major [size() x operands]
  std::vector<int32_t> answers;    // [size()]
  std::string notation;            // how a question is written: "x + y (mod 59)"
  std::string separator;           // between operands when typed: "+", "-", "*", "/", "o", ","
  std::vector<std::string> symbol_names;  // of a table of words; empty: symbols are numbers
  std::vector<std::string> answer_names;  // likewise
  int64_t size() const { return static_cast<int64_t>(answers.size()); }
};

// Row numbers of the table, ascending within each side; together they are the whole table.
struct Split {
  std::vector<int32_t> train;
  std::vector<int32_t> validation;
};

// Names of the tasks with a definition each, for help texts.
struct NamedTask {
  std::string_view name;
  std::string_view definition;
};
std::vector<NamedTask> NamedTasks();

// InvalidArgument if the task is unknown or cannot have this modulus. Answers are the right ones;
// label noise is applied once the split is known.
absl::StatusOr<TaskTable> MakeTask(const TaskSpec& spec);
inline constexpr char kRandomLabels[] = "random-labels";
// Whether an answer follows from its question: not with random labels.
bool HasRule(const TaskSpec& spec);
// "table:FILE.csv": the file's lines are spec.table, so that the file is read once, by who submits.
bool IsTableTask(const TaskSpec& spec);
std::string TableFile(const TaskSpec& spec);  // FILE.csv
// Whether spec.modulus has a say: not in groups, parity and tables.
bool HasModulus(const TaskSpec& spec);

// A task from lines of x,y,answer, a header of those three names allowed; a field may be in double
// quotes. Whole numbers below 1000 stand for themselves; any other words become symbols in sorted
// order. The table may be partial. The order of the lines does not matter: rows are sorted, so that
// a shuffled copy of a file is the same task with the same split. InvalidArgument names the line.
absl::StatusOr<TaskTable> ParseTaskTable(std::string_view csv_text);

// round(train_fraction x size) rows drawn without replacement by a Fisher-Yates shuffle of
// mt19937_64(split_seed), whose output the C++ standard fixes: the same split on every machine.
// With spec.split "unordered" (x, y) and (y, x) go together: pairs of a kind are drawn until as
// many rows as that, or one more, are in.
Split MakeSplit(const TaskTable& table, const TaskSpec& spec);
// Replaces round(label_noise x train rows) of the training answers by other classes, drawn from
// split_seed: the same on every machine. Held-out answers stay right.
void ApplyLabelNoise(TaskTable& table, const Split& split, const TaskSpec& spec);

// `count` held-out rows without replacement, drawn by mt19937_64(seed): the same on every machine.
// All of them, if there are no more, in ascending order.
std::vector<int32_t> DrawHeldOut(const Split& split, int64_t count, uint64_t seed);

// The row that asks these symbols, or nullopt in a table that does not have it.
std::optional<int64_t> FindQuestion(const TaskTable& table, const int32_t* symbols);
// Parses a typed question ("17 + 44", also "17,44" and "17 44"). InvalidArgument where a symbol is
// out of range or the task does not ask it (a division by 0).
absl::StatusOr<std::vector<int32_t>> ParseQuestion(const TaskTable& table, std::string_view text);
std::string QuestionText(const TaskTable& table, const int32_t* symbols);

}  // namespace powerdown
