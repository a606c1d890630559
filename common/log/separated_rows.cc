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
    for (int64_t number = 1; !rest.empty(); ++number) {
      absl::StatusOr<std::optional<SeparatedHeader>> header = SeparatedHeader::Read(TakeLine(rest));
      if (!header.ok()) return Problem(number, StdView(header.status().message()));
      if (!*header) continue;
      header_ = **std::move(header);
      rows_ = rest;
      first_number_ = number + 1;
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(Concat(file_name_, ": has no step report"));
  }

  absl::StatusOr<std::vector<std::string>> Names() override {
    std::vector<std::string> names = header_.names();
    std::erase(names, "");
    return names;
  }

  absl::Status ForEach(const TakeLogRow& take) override {
    std::string_view rest = rows_;
    SeparatedRecord record;
    for (int64_t number = first_number_; !rest.empty();) {
      const int64_t first = number;
      const std::string_view text = TakeRecord(rest, number);
      if (header_.IsPassedOver(text)) continue;
      absl::Status taken = header_.Split(text, record);
      if (record.is_cut_off && rest.empty() && text_.back() != '\n') {
        is_cut_off_ = true;
        return absl::OkStatus();
      }
      if (taken.ok() && !record.cells.empty()) taken = take(record.cells);
      if (!taken.ok()) return Problem(first, StdView(taken.message()));
    }
    return absl::OkStatus();
  }

  bool may_have_decimal_commas() const override { return header_.separator() != ','; }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  static std::string_view TakeLine(std::string_view& rest) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  }

  // One line, or several where a quoted field has line ends.
  static std::string_view TakeRecord(std::string_view& rest, int64_t& number) {
    const std::string_view begin = rest;
    size_t quotes = 0;
    do {
      const std::string_view line = TakeLine(rest);
      quotes += static_cast<size_t>(std::count(line.begin(), line.end(), '"'));
      ++number;
    } while (quotes % 2 == 1 && !rest.empty());
    return begin.substr(0, begin.size() - rest.size());
  }

  absl::Status Problem(int64_t number, std::string_view what) const {
    return absl::InvalidArgumentError(Concat(file_name_, ":", number, ": ", what));
  }

  const std::string_view text_;
  const std::string_view file_name_;
  SeparatedHeader header_;
  std::string_view rows_;  // what follows the header
  int64_t first_number_ = 1;
  bool is_cut_off_ = false;
};

absl::Status CheckNames(const std::vector<std::string>& names) {
  if (names.size() > kMostLogColumns) {
    return absl::InvalidArgumentError(
        Concat("has ", names.size(), " columns; allowed: up to ", kMostLogColumns));
  }
  for (const std::string& name : names) {
    if (name.empty() || !GuessColumn(name)) continue;
    if (std::count(names.begin(), names.end(), name) == 1) continue;
    return absl::InvalidArgumentError(Concat("the header names two columns ", Quoted(name)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<SeparatedHeader>> SeparatedHeader::Read(std::string_view line) {
  line = LineOf(line);
  if (Stripped(line).empty()) return std::nullopt;
  if (IsRemark(line)) {
    const std::optional<std::string_view> said = HeaderInRemark(line);
    if (!said) return std::nullopt;
    line = *said;
  }
  SeparatedHeader header;
  header.line_ = line;
  header.separator_ = SeparatorOf(line);
  header.names_ = NamesIn(line, header.separator_);
  RETURN_IF_ERROR(CheckNames(header.names_));
  return header;
}

bool SeparatedHeader::IsPassedOver(std::string_view record) const {
  record = LineOf(record);
  return Stripped(record).empty() || IsRemark(record) || record == line_;
}

absl::Status SeparatedHeader::Split(std::string_view record, SeparatedRecord& split) {
  split.cells.clear();
  split.is_cut_off = false;
  if (!SplitRecord(LineOf(record), separator_, fields_)) {
    split.is_cut_off = true;
    return absl::InvalidArgumentError("a quoted field has no closing quote");
  }
  while (fields_.size() > names_.size() && fields_.back().empty()) fields_.pop_back();
  if (fields_.size() != names_.size()) {
    split.is_cut_off = fields_.size() < names_.size();
    return absl::InvalidArgumentError(
        Concat("has ", fields_.size(), " fields, the header has ", names_.size()));
  }
  storage_.resize(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (names_[i].empty()) continue;
    const std::string_view text = Stripped(Unquoted(fields_[i], storage_[i]));
    if (!text.empty()) split.cells.push_back({names_[i], text});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<LogRows>> OpenSeparatedRows(std::string_view text,
                                                           std::string_view file_name) {
  auto rows = std::make_unique<SeparatedRows>(text, file_name);
  RETURN_IF_ERROR(rows->FindHeader());
  return rows;
}

}  // namespace powerdown
