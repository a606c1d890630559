// Questions of a task as people type and read them.
#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

std::vector<std::string> SplitQuestion(const TaskTable& table, std::string_view text) {
  std::vector<std::string> words;
  if (text.find(',') != text.npos) {
    words = absl::StrSplit(AbslView(text), ',');
  } else if (!table.separator.empty() && text.find(table.separator) != text.npos) {
    words = absl::StrSplit(AbslView(text), table.separator);
  } else {
    words = absl::StrSplit(AbslView(text), absl::ByAnyChar(" \t"), absl::SkipWhitespace());
  }
  for (std::string& word : words) absl::StripAsciiWhitespace(&word);
  return words;
}

absl::StatusOr<int32_t> ParseSymbol(const TaskTable& table, std::string_view word) {
  if (!table.symbol_names.empty()) {
    const auto found = std::find(table.symbol_names.begin(), table.symbol_names.end(), word);
    if (found != table.symbol_names.end()) {
      return static_cast<int32_t>(found - table.symbol_names.begin());
    }
    const std::vector<std::string_view> names(table.symbol_names.begin(), table.symbol_names.end());
    return absl::InvalidArgumentError(Concat("question: ", Quoted(word), NotKnown(word, names)));
  }
  int32_t symbol = 0;
  if (!absl::SimpleAtoi(AbslView(word), &symbol)) {
    return absl::InvalidArgumentError(Concat(
        "question: ", Quoted(word), " is not a whole number; allowed: 0 to ", table.symbols - 1));
  }
  if (symbol < 0 || symbol >= table.symbols) {
    return absl::InvalidArgumentError(
        Concat("question: ", symbol, " is out of range; allowed: 0 to ", table.symbols - 1));
  }
  return symbol;
}

}  // namespace

std::vector<int32_t> DrawHeldOut(const Split& split, int64_t count, uint64_t seed) {
  std::vector<int32_t> rows = split.validation;
  if (count >= static_cast<int64_t>(rows.size())) return rows;
  std::mt19937_64 random(seed);
  const auto drawn = static_cast<size_t>(std::max<int64_t>(0, count));
  for (size_t i = 0; i < drawn; ++i) std::swap(rows[i], rows[i + random() % (rows.size() - i)]);
  rows.resize(drawn);
  return rows;
}

std::optional<int64_t> FindQuestion(const TaskTable& table, const int32_t* symbols) {
  for (int64_t row = 0; row < table.size(); ++row) {
    const int32_t* question = &table.questions[row * table.operands];
    if (std::equal(question, question + table.operands, symbols)) return row;
  }
  return std::nullopt;
}

absl::StatusOr<std::vector<int32_t>> ParseQuestion(const TaskTable& table, std::string_view text) {
  const std::vector<std::string> words = SplitQuestion(table, text);
  if (static_cast<int64_t>(words.size()) != table.operands) {
    return absl::InvalidArgumentError(Concat("question: ", Quoted(text), " has ", words.size(),
                                             words.size() == 1 ? " operand" : " operands",
                                             "; allowed: ", table.operands, ", such as ",
                                             Quoted(QuestionText(table, table.questions.data()))));
  }
  std::vector<int32_t> symbols;
  for (const std::string& word : words) {
    ASSIGN_OR_RETURN(const int32_t symbol, ParseSymbol(table, word));
    symbols.push_back(symbol);
  }
  if (!FindQuestion(table, symbols.data())) {
    return absl::InvalidArgumentError(
        Concat("question: ", Quoted(text), " is not a question of ", table.notation));
  }
  return symbols;
}

std::string QuestionText(const TaskTable& table, const int32_t* symbols) {
  std::vector<std::string> words;
  for (int64_t i = 0; i < table.operands; ++i) {
    words.push_back(table.symbol_names.empty() ? Concat(symbols[i])
                                               : table.symbol_names[symbols[i]]);
  }
  return Join(words, table.separator == "," ? ", " : Concat(" ", table.separator, " "));
}

}  // namespace powerdown
