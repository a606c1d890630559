#include "common/log/separated_rows.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"
#include "common/log/log_columns.h"

namespace powerdown {
namespace {

constexpr char kSpaces = ' ';  // any number of them
constexpr char kSeparators[] = {',', ';', '\t', '|', kSpaces};

std::string_view Stripped(std::string_view text) {
  return StdView(absl::StripAsciiWhitespace(AbslView(text)));
}

// Without its line end and spaces; tabs may separate fields that are empty.
std::string_view LineOf(std::string_view record) {
  constexpr std::string_view kAround = " \r\n";
  const size_t first = record.find_first_not_of(kAround);
  if (first == record.npos) return {};
  return record.substr(first, record.find_last_not_of(kAround) + 1 - first);
}

// The text of a quoted field, whose quotes are doubled; `storage` keeps it.
std::string_view Unquoted(std::string_view field, std::string& storage) {
  if (field.size() < 2 || field.front() != '"' || field.back() != '"') return field;
  field = field.substr(1, field.size() - 2);
  if (field.find('"') == field.npos) return field;
  storage.clear();
  for (size_t i = 0; i < field.size(); ++i) {
    storage += field[i];
    if (field[i] == '"' && i + 1 < field.size() && field[i + 1] == '"') ++i;
  }
  return storage;
}

// The fields of one record, with their quotes. False: a quote is not closed.
bool SplitRecord(std::string_view record, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  bool is_quoted = false;
  size_t start = 0;
  for (size_t i = 0; i <= record.size(); ++i) {
    if (i < record.size() && record[i] == '"') is_quoted = !is_quoted;
    if (i < record.size() && (is_quoted || record[i] != separator)) continue;
    const std::string_view field = Stripped(record.substr(start, i - start));
    if (separator != kSpaces || !field.empty()) fields.push_back(field);
    start = i + 1;
  }
  return !is_quoted;
}

std::vector<std::string> NamesIn(std::string_view header, char separator) {
  std::vector<std::string_view> fields;
  if (!SplitRecord(header, separator, fields)) return {};
  std::vector<std::string> names;
  std::string storage;
  for (const std::string_view field : fields) {
    names.emplace_back(Stripped(Unquoted(field, storage)));
  }
  return names;
}

// The separator whose names we know most of; between equals the one with most names.
char SeparatorOf(std::string_view header) {
  char best = kSeparators[0];
  std::pair<size_t, size_t> most{0, 0};
  for (const char separator : kSeparators) {
    const std::vector<std::string> names = NamesIn(header, separator);
    const auto known = static_cast<size_t>(std::count_if(
        names.begin(), names.end(), [](const std::string& name) { return GuessColumn(name); }));
    if (const std::pair found{known, names.size()}; found > most) {
      most = found;
      best = separator;
    }
  }
  return best;
}

bool IsRemark(std::string_view line) {
  return line.front() == '#';
}

// numpy.savetxt writes its header as a remark.
std::optional<std::string_view> HeaderInRemark(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of('#'), line.size()));
  line = Stripped(line);
  if (line.empty()) return std::nullopt;
  const std::vector<std::string> names = NamesIn(line, SeparatorOf(line));
  const auto known = std::count_if(names.begin(), names.end(), [](const std::string& name) {
    return GuessColumn(name).has_value();
  });
  return known > 2 ? std::optional(line) : std::nullopt;
}

class SeparatedRows : public LogRows {
 public:
  SeparatedRows(std::string_view text, std::string_view file_name)
      : text_(text), file_name_(file_name) {}

  absl::Status FindHeader() {
    std::string_view rest = text_;
    int64_t number = 1;
    for (; !rest.empty(); ++number) {
      std::string_view line = LineOf(TakeLine(rest));
      if (Stripped(line).empty()) continue;
      if (IsRemark(line)) {
        const std::optional<std::string_view> header = HeaderInRemark(line);
        if (!header) continue;
        line = *header;
      }
      header_ = line;
      separator_ = SeparatorOf(line);
      names_ = NamesIn(line, separator_);
      rows_ = rest;
      first_number_ = number + 1;
      if (names_.size() > kMostLogColumns) {
        return Problem(number,
                       Concat("has ", names_.size(), " columns; allowed: up to ", kMostLogColumns));
      }
      return CheckNames(number);
    }
    return absl::InvalidArgumentError(Concat(file_name_, ": has no step report"));
  }

  absl::StatusOr<std::vector<std::string>> Names() override {
    std::vector<std::string> names = names_;
    std::erase(names, "");
    return names;
  }

  absl::Status ForEach(const TakeLogRow& take) override {
    std::string_view rest = rows_;
    for (int64_t number = first_number_; !rest.empty();) {
      const int64_t first = number;
      const bool is_last_whole = text_.back() == '\n';
      const std::string_view record = LineOf(TakeRecord(rest, number));
      if (Stripped(record).empty() || IsRemark(record) || record == header_) continue;
      const bool may_be_cut = rest.empty() && !is_last_whole;
      if (const absl::Status taken = TakeRow(record, may_be_cut, take); !taken.ok()) {
        return Problem(first, StdView(taken.message()));
      }
    }
    return absl::OkStatus();
  }

  bool may_have_decimal_commas() const override { return separator_ != ','; }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  static std::string_view TakeLine(std::string_view& rest) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  }

  // One line, or several where a quoted field has line ends.
  std::string_view TakeRecord(std::string_view& rest, int64_t& number) const {
    const std::string_view begin = rest;
    size_t quotes = 0;
    do {
      const std::string_view line = TakeLine(rest);
      quotes += static_cast<size_t>(std::count(line.begin(), line.end(), '"'));
      ++number;
    } while (quotes % 2 == 1 && !rest.empty());
    return begin.substr(0, begin.size() - rest.size());
  }

  absl::Status CheckNames(int64_t number) const {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty() || !GuessColumn(names_[i])) continue;
      if (std::count(names_.begin(), names_.end(), names_[i]) == 1) continue;
      return Problem(number, Concat("the header names two columns ", Quoted(names_[i])));
    }
    return absl::OkStatus();
  }

  absl::Status TakeRow(std::string_view record, bool may_be_cut, const TakeLogRow& take) {
    if (!SplitRecord(record, separator_, fields_)) {
      if (may_be_cut) is_cut_off_ = true;
      return may_be_cut ? absl::OkStatus()
                        : absl::InvalidArgumentError("a quoted field has no closing quote");
    }
    while (fields_.size() > names_.size() && fields_.back().empty()) fields_.pop_back();
    if (fields_.size() != names_.size()) {
      if (may_be_cut && fields_.size() < names_.size()) {
        is_cut_off_ = true;
        return absl::OkStatus();
      }
      return absl::InvalidArgumentError(
          Concat("has ", fields_.size(), " fields, the header has ", names_.size()));
    }
    cells_.clear();
    storage_.resize(fields_.size());
    for (size_t i = 0; i < fields_.size(); ++i) {
      if (names_[i].empty()) continue;
      const std::string_view text = Stripped(Unquoted(fields_[i], storage_[i]));
      if (!text.empty()) cells_.push_back({names_[i], text});
    }
    return cells_.empty() ? absl::OkStatus() : take(cells_);
  }

  absl::Status Problem(int64_t number, std::string_view what) const {
    return absl::InvalidArgumentError(Concat(file_name_, ":", number, ": ", what));
  }

  const std::string_view text_;
  const std::string_view file_name_;
  std::string_view header_;
  std::string_view rows_;  // what follows the header
  int64_t first_number_ = 1;
  char separator_ = ',';
  std::vector<std::string> names_;
  bool is_cut_off_ = false;
  // Of one row, kept for the next.
  std::vector<std::string_view> fields_;
  std::vector<std::string> storage_;
  std::vector<LogCell> cells_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogRows>> OpenSeparatedRows(std::string_view text,
                                                           std::string_view file_name) {
  auto rows = std::make_unique<SeparatedRows>(text, file_name);
  RETURN_IF_ERROR(rows->FindHeader());
  return rows;
}

}  // namespace powerdown
