#include "server/trainer/answering.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace powerdown {
namespace {

absl::Duration TimeOf(clockid_t clock) {
  timespec time = {};
  clock_gettime(clock, &time);
  return absl::DurationFromTimespec(time);
}

// More than any evaluation of a small task has, so that these are one forward pass as in training.
constexpr size_t kForwardRows = 8192;
constexpr size_t kAnswersPerLine = 100;
constexpr size_t kCellsPerLine = 2048;

bool IsHeldOut(const Dataset& dataset, int32_t row) {
  const std::vector<int32_t>& held_out = dataset.split.validation;
  return std::binary_search(held_out.begin(), held_out.end(), row);
}

QuizAnswer AnswerOf(const Dataset& dataset, int32_t row, const int64_t* classes,
                    const float* probabilities, int64_t count) {
  const int32_t* question = &dataset.table.questions[row * dataset.table.operands];
  QuizAnswer answer;
  answer.question = QuestionText(dataset.table, question);
  answer.asked.assign(question, question + dataset.table.operands);
  answer.held_out = IsHeldOut(dataset, row);
  answer.answer = classes[0];
  answer.expected = dataset.table.answers[static_cast<size_t>(row)];
  answer.correct = answer.answer == answer.expected;
  answer.probability = probabilities[0];
  for (int64_t i = 0; i < count; ++i) answer.top.push_back({classes[i], probabilities[i]});
  return answer;
}

absl::StatusOr<std::vector<int32_t>> RowsOf(const AskCommand& ask, const Dataset& dataset) {
  if (ask.questions.empty()) return DrawHeldOut(dataset.split, ask.count, ask.seed);
  std::vector<int32_t> rows;
  for (const std::string& text : ask.questions) {
    ASSIGN_OR_RETURN(const std::vector<int32_t> symbols, ParseQuestion(dataset.table, text));
    rows.push_back(static_cast<int32_t>(*FindQuestion(dataset.table, symbols.data())));
  }
  return rows;
}

// Calls `take(rows, choices)` for one forward pass after the other.
template <typename Take>
absl::Status ForEachPass(const Dataset& dataset, Network& network, const std::vector<int32_t>& rows,
                         const IsCancelled& is_cancelled, Take take) {
  for (size_t first = 0; first < rows.size(); first += kForwardRows) {
    if (is_cancelled()) return absl::CancelledError("the client that asked has gone");
    const size_t end = std::min(rows.size(), first + kForwardRows);
    const std::vector<int32_t> pass(rows.begin() + static_cast<std::ptrdiff_t>(first),
                                    rows.begin() + static_cast<std::ptrdiff_t>(end));
    RETURN_IF_ERROR(take(pass, network.Ask(MakePairs(dataset.table, pass))));
  }
  return absl::OkStatus();
}

absl::Status SayAll(const AskCommand& ask, const Dataset& dataset, Network& network,
                    const IsCancelled& is_cancelled, AnswersLine& line, const SayAnswers& say) {
  ASSIGN_OR_RETURN(const std::vector<int32_t> asked, RowsOf(ask, dataset));
  return ForEachPass(
      dataset, network, asked, is_cancelled,
      [&](const std::vector<int32_t>& rows, const Choices& choices) -> absl::Status {
        const int64_t* classes = choices.classes.data();
        const float* probabilities = choices.probabilities.data();
        for (const int32_t row : rows) {
          if (line.answers.size() == kAnswersPerLine) {
            if (is_cancelled()) return absl::CancelledError("the client that asked has gone");
            say(line);
            line.answers.clear();
          }
          line.answers.push_back(AnswerOf(dataset, row, classes, probabilities, choices.count));
          classes += choices.count;
          probabilities += choices.count;
        }
        return absl::OkStatus();
      });
}

void Resize(AnswerGrid& grid, size_t cells) {
  grid.answers.assign(cells, -1);
  grid.expected.assign(cells, -1);
  grid.origins.assign(cells, AnswerGrid::Origin::kNone);
  grid.confidences.assign(cells, 0);
}

absl::StatusOr<AnswerGrid> GridOf(const Dataset& dataset, Network& network,
                                  const IsCancelled& is_cancelled) {
  const TaskTable& table = dataset.table;
  if (table.operands != 2) {
    return absl::FailedPreconditionError(
        absl::StrCat("a grid needs a task with two operands; this one has ", table.operands));
  }
  AnswerGrid grid;
  grid.symbols = table.symbols;
  Resize(grid, static_cast<size_t>(table.symbols * table.symbols));
  std::vector<int32_t> all(static_cast<size_t>(table.size()));
  for (size_t row = 0; row < all.size(); ++row) all[row] = static_cast<int32_t>(row);
  RETURN_IF_ERROR(ForEachPass(
      dataset, network, all, is_cancelled,
      [&](const std::vector<int32_t>& rows, const Choices& choices) -> absl::Status {
        const int64_t* classes = choices.classes.data();
        const float* probabilities = choices.probabilities.data();
        for (const int32_t row : rows) {
          const int32_t* question = &table.questions[row * 2];
          const auto cell = static_cast<size_t>(question[0] * table.symbols + question[1]);
          grid.answers[cell] = static_cast<int32_t>(classes[0]);
          grid.expected[cell] = table.answers[static_cast<size_t>(row)];
          grid.origins[cell] =
              IsHeldOut(dataset, row) ? AnswerGrid::Origin::kHeldOut : AnswerGrid::Origin::kTrained;
          grid.confidences[cell] = static_cast<uint8_t>(std::lround(255 * probabilities[0]));
          classes += choices.count;
          probabilities += choices.count;
        }
        return absl::OkStatus();
      }));
  return grid;
}

template <typename Value>
std::vector<Value> Piece(const std::vector<Value>& all, size_t first, size_t end) {
  return {all.begin() + static_cast<std::ptrdiff_t>(first),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

absl::Status SayGrid(const Dataset& dataset, Network& network, const IsCancelled& is_cancelled,
                     AnswersLine& line, const SayAnswers& say) {
  ASSIGN_OR_RETURN(const AnswerGrid grid, GridOf(dataset, network, is_cancelled));
  for (size_t first = 0; first < grid.answers.size(); first += kCellsPerLine) {
    if (is_cancelled()) return absl::CancelledError("the client that asked has gone");
    const size_t end = std::min(grid.answers.size(), first + kCellsPerLine);
    line.grid.symbols = grid.symbols;
    line.grid.answers = Piece(grid.answers, first, end);
    line.grid.expected = Piece(grid.expected, first, end);
    line.grid.origins = Piece(grid.origins, first, end);
    line.grid.confidences = Piece(grid.confidences, first, end);
    say(line);
  }
  line.grid = AnswerGrid();
  return absl::OkStatus();
}

}  // namespace

void AnswerAsk(const AskCommand& ask, int64_t step, const Dataset& dataset, Network& network,
               const IsCancelled& is_cancelled, const SayAnswers& say) {
  const absl::Duration begin = ThreadBusy();
  AnswersLine line;
  line.request = ask.request;
  line.step = step;
  line.has_more = true;
  try {
    line.error = ask.is_grid ? SayGrid(dataset, network, is_cancelled, line, say)
                             : SayAll(ask, dataset, network, is_cancelled, line, say);
  } catch (const std::bad_alloc&) {
    line.error = absl::ResourceExhaustedError("out of memory: ask fewer questions");
  } catch (const std::exception& error) {
    line.error = absl::InternalError(error.what());
  }
  if (!line.error.ok()) line.answers.clear();
  line.has_more = false;
  line.busy = ThreadBusy() - begin;
  say(std::move(line));
}

absl::Duration ThreadBusy() {
  return TimeOf(CLOCK_THREAD_CPUTIME_ID);
}

absl::Duration ProcessBusy() {
  return TimeOf(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace powerdown
