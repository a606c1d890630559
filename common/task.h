// Tasks: a finite table of questions with one right answer each, and its held-out split.
// Pure and deterministic. To add a named task, add one entry to the table in task.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/run_spec.h"

namespace powerdown {

// A question is `operands` symbols, each 0 ≤ symbol < symbols; the answer is 0 ≤ answer < classes.
struct TaskTable {
  int64_t operands = 2;
  int64_t symbols = 0;
  int64_t classes = 0;
  std::vector<int32_t> questions;  // row-major [size() x operands]
  std::vector<int32_t> answers;    // [size()]
  std::string notation;            // how a question is written: "x + y (mod 59)"
  std::string separator;           // between operands when typed: "+", "-", "*", "/", "o"
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

// InvalidArgument if the task is unknown or cannot have this modulus. label_noise replaces that
// share of the *training* answers by random ones (seeded by split_seed), so it belongs to the split.
absl::StatusOr<TaskTable> MakeTask(const RunSpec& spec);
// round(train_fraction x size) rows drawn without replacement by a Fisher-Yates shuffle of
// mt19937_64(split_seed), whose output the C++ standard fixes: the same split on every machine.
Split MakeSplit(const TaskTable& table, const RunSpec& spec);

// Parses a typed question ("17 + 44", also "17,44") in the task's notation.
absl::StatusOr<std::vector<int32_t>> ParseQuestion(const TaskTable& table, std::string_view text);
std::string QuestionText(const TaskTable& table, const int32_t* symbols);

}  // namespace powerdown
