// Tasks from a file's text: lines of x,y,answer.
#include <algorithm>
#include <array>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/task/task.h"

namespace powerdown {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr int32_t kMostSymbols = 1000;
constexpr size_t kMostRows = 1'000'000;

struct Row {
  int64_t line;
  std::array<std::string, 3> fields;  // x, y, answer
};

absl::Status AtLine(int64_t line, std::string_view message) {
  return absl::InvalidArgumentError(Concat("line ", line, ": ", message));
}

// Fields between commas without the spaces around them; one may be in quotation marks, doubled
// within it (RFC 4180). False where text follows a closing mark, or there is none.
bool SplitFields(std::string_view line, std::vector<std::string>& fields) {
  size_t at = 0;
  for (;;) {
    std::string& field = fields.emplace_back();
    while (at < line.size() && absl::ascii_isspace(line[at])) ++at;
    const bool is_quoted = at < line.size() && line[at] == '"';
    bool is_open = is_quoted;
    if (is_quoted) ++at;
    for (; at < line.size() && (is_open || (!is_quoted && line[at] != ',')); ++at) {
      if (is_open && line[at] == '"') {
        const bool is_doubled = at + 1 < line.size() && line[at + 1] == '"';
        is_open = is_doubled;
        if (!is_doubled) continue;
        ++at;
      }
      field.push_back(line[at]);
    }
    if (is_open) return false;
    if (!is_quoted) absl::StripTrailingAsciiWhitespace(&field);
    while (at < line.size() && absl::ascii_isspace(line[at])) ++at;
    if (at == line.size()) return true;
    if (line[at++] != ',') return false;
  }
}

bool IsHeader(const std::array<std::string, 3>& fields) {
  return absl::EqualsIgnoreCase(fields[0], "x") && absl::EqualsIgnoreCase(fields[1], "y") &&
         absl::EqualsIgnoreCase(fields[2], "answer");
}

absl::StatusOr<std::vector<Row>> ParseRows(std::string_view csv_text) {
  std::vector<Row> rows;
  int64_t line_number = 0;
  if (csv_text.starts_with(kByteOrderMark)) csv_text.remove_prefix(kByteOrderMark.size());
  for (absl::string_view line : absl::StrSplit(AbslView(csv_text), '\n')) {
    ++line_number;
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    std::vector<std::string> fields;
    if (!SplitFields(StdView(line), fields)) {
      return AtLine(line_number, "has a quotation mark that does not end its field");
    }
    if (fields.size() != 3) {
      return AtLine(line_number, Concat(Quoted(StdView(absl::StripAsciiWhitespace(line))), " has ",
                                        fields.size(), " fields; allowed: x,y,answer"));
    }
    Row row{line_number, {}};
    std::move(fields.begin(), fields.end(), row.fields.begin());
    if (rows.empty() && IsHeader(row.fields)) continue;
    if (std::count(row.fields.begin(), row.fields.end(), "") > 0) {
      return AtLine(line_number, "has an empty field; allowed: x,y,answer");
    }
    if (rows.size() == kMostRows) {
      return AtLine(line_number, Concat("is too many; allowed: ", kMostRows, " rows"));
    }
    rows.push_back(std::move(row));
  }
  if (rows.size() < 2) {
    return absl::InvalidArgumentError(
        Concat("has ", rows.size(), " rows; allowed: at least 2 lines of x,y,answer"));
  }
  return rows;
}

// Words as symbols: whole numbers below 1000 stand for themselves, if all words are such.
class Alphabet {
 public:
  void Add(const std::string& word) { symbols_[word] = 0; }
  absl::Status Number(std::string_view what) {
    bool is_numeric = true;
    int32_t next = 0;
    for (auto& [word, symbol] : symbols_) {
      int32_t number = 0;
      is_numeric = is_numeric && absl::SimpleAtoi(word, &number) && number >= 0 &&
                   number < kMostSymbols && Concat(number) == word;
      if (!is_numeric) break;  // the number may be any, even the largest there is
      symbol = number;
      size_ = std::max(size_, number + 1);
    }
    if (is_numeric) return absl::OkStatus();
    if (symbols_.size() > kMostSymbols) {
      return absl::InvalidArgumentError(
          Concat("has ", symbols_.size(), " different ", what, "; allowed: ", kMostSymbols));
    }
    for (auto& [word, symbol] : symbols_) {
      symbol = next++;
      names_.push_back(word);
    }
    size_ = next;
    return absl::OkStatus();
  }
  int32_t SymbolOf(const std::string& word) const { return symbols_.at(word); }
  int32_t size() const { return size_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, int32_t> symbols_;
  std::vector<std::string> names_;
  int32_t size_ = 0;
};

}  // namespace

absl::StatusOr<TaskTable> ParseTaskTable(std::string_view csv_text) {
  ASSIGN_OR_RETURN(const std::vector<Row> rows, ParseRows(csv_text));
  Alphabet operands;
  Alphabet answers;
  for (const Row& row : rows) {
    operands.Add(row.fields[0]);
    operands.Add(row.fields[1]);
    answers.Add(row.fields[2]);
  }
  RETURN_IF_ERROR(operands.Number("operands"));
  RETURN_IF_ERROR(answers.Number("answers"));
  TaskTable table;
  table.symbols = operands.size();
  table.classes = answers.size();
  table.notation = std::string("the table");
  table.separator = std::string(",");
  table.symbol_names = operands.names();
  table.answer_names = answers.names();
  std::map<std::pair<int32_t, int32_t>, const Row*> row_of;
  for (const Row& row : rows) {
    const std::pair question(operands.SymbolOf(row.fields[0]), operands.SymbolOf(row.fields[1]));
    const auto [earlier, is_new] = row_of.emplace(question, &row);
    if (!is_new) {
      return AtLine(row.line, Concat("asks ", Quoted(row.fields[0] + ", " + row.fields[1]),
                                     " again; it was on line ", earlier->second->line));
    }
  }
  for (const auto& [question, row] : row_of) {
    table.questions.insert(table.questions.end(), {question.first, question.second});
    table.answers.push_back(answers.SymbolOf(row->fields[2]));
  }
  return table;
}

}  // namespace powerdown
