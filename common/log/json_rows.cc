#include "common/log/json_rows.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/base/json.h"
#include "common/base/json_scan.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kNotFinite[] = {"-Infinity", "Infinity", "NaN"};

// NaN and infinities as texts, as our own JSON has them.
std::string QuoteNotFinite(std::string_view text) {
  std::string quoted;
  size_t copied = 0;
  ForEachOutsideStrings(text, [&](size_t i, char) {
    if (i < copied) return true;  // within the last such word
    const std::string_view rest = text.substr(i);
    for (const std::string_view word : kNotFinite) {
      if (!rest.starts_with(word)) continue;
      quoted += Concat(text.substr(copied, i - copied), "\"", word, "\"");
      copied = i + word.size();
      break;
    }
    return true;
  });
  return Concat(quoted, text.substr(copied));
}

absl::StatusOr<Json> ParseLogObject(std::string_view text) {
  if (text.find("NaN") == text.npos && text.find("Infinity") == text.npos) {
    return ParseJsonObject(text);
  }
  return ParseJsonObject(QuoteNotFinite(text));
}

// The cells of one row; texts that JSON holds in another form are kept here.
class Cells {
 public:
  void Clear() { cells_.clear(); }
  void Add(const std::string& name, const Json& value) {
    if (value.is_number()) cells_.emplace_back(name, JsonText(value));
    if (value.is_string()) cells_.emplace_back(name, value.get<std::string>());
  }
  const std::vector<LogCell>& Views() {
    views_.clear();
    for (const auto& [name, text] : cells_) {
      if (!text.empty()) views_.push_back({name, text});
    }
    return views_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> cells_;
  std::vector<LogCell> views_;
};

// Values within a value have both names, with a slash: {"train": {"loss": 1}}.
void AddObject(const Json& object, Cells& cells) {
  for (const auto& [name, value] : object.items()) {
    if (!value.is_object()) {
      cells.Add(name, value);
      continue;
    }
    for (const auto& [inner, part] : value.items()) cells.Add(Concat(name, "/", inner), part);
  }
}

// What this program's own files say of a whole run, or of something that happened.
bool IsOfOurs(const Json& object) {
  return object.contains("run_id") && (object.contains("state") || object.contains("event"));
}

absl::Status TakeObject(const Json& object, Cells& cells, const TakeLogRow& take) {
  if (IsOfOurs(object)) return absl::OkStatus();
  cells.Clear();
  AddObject(object, cells);
  return take(cells.Views());
}

// Collects the names from the rows themselves.
class JsonRows : public LogRows {
 public:
  absl::StatusOr<std::vector<std::string>> Names() override {
    std::vector<std::string> names;
    std::set<std::string, std::less<>> known;
    RETURN_IF_ERROR(ForEach([&](const std::vector<LogCell>& cells) {
      for (const LogCell& cell : cells) {
        if (known.contains(cell.name)) continue;
        if (known.size() == kMostLogColumns) {
          return absl::InvalidArgumentError(
              Concat("the log has more than ", kMostLogColumns, " names"));
        }
        names.emplace_back(cell.name);
        known.emplace(cell.name);
      }
      return absl::OkStatus();
    }));
    return names;
  }
};

class JsonLines : public JsonRows {
 public:
  JsonLines(std::string_view text, std::string_view file_name)
      : text_(text), file_name_(file_name) {}

  absl::Status ForEach(const TakeLogRow& take) override {
    std::string_view rest = text_;
    for (int64_t number = 1; !rest.empty(); ++number) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const bool is_whole = end < rest.size();
      const std::string_view line =
          StdView(absl::StripAsciiWhitespace(AbslView(rest.substr(0, end))));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.empty()) continue;
      const absl::StatusOr<Json> object = ParseLogObject(line);
      if (!object.ok() && !is_whole && number > 1) {
        is_cut_off_ = true;
        continue;
      }
      absl::Status taken = object.status();
      if (object.ok()) taken = TakeObject(*object, cells_, take);
      if (!taken.ok()) {
        return absl::InvalidArgumentError(
            Concat(file_name_, ":", number, ": ", StdView(taken.message())));
      }
    }
    return absl::OkStatus();
  }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  const std::string_view text_;
  const std::string_view file_name_;
  bool is_cut_off_ = false;
  Cells cells_;
};

absl::Status WithItem(std::string_view file_name, int64_t number, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      Concat(file_name, ": item ", number, ": ", StdView(status.message())));
}

// An array of objects, read one at a time: the whole of it as values would be ten times its text.
class JsonArray : public JsonRows {
 public:
  JsonArray(std::string_view text, std::string_view file_name)
      : text_(text), file_name_(file_name) {}

  absl::Status ForEach(const TakeLogRow& take) override {
    std::string_view rest = text_.substr(1);
    for (int64_t number = 1;; ++number) {
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
      if (rest.starts_with(']')) return absl::OkStatus();
      const std::string_view item = rest.substr(0, ItemLength(rest));
      rest.remove_prefix(item.size());
      const absl::StatusOr<Json> object = ParseLogObject(item);
      RETURN_IF_ERROR(WithItem(file_name_, number, object.status()));
      cells_.Clear();
      AddObject(*object, cells_);
      RETURN_IF_ERROR(WithItem(file_name_, number, take(cells_.Views())));
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlank), rest.size()));
      if (rest.starts_with(',')) {
        rest.remove_prefix(1);
      } else if (!rest.starts_with(']')) {
        return absl::InvalidArgumentError(
            Concat(file_name_, ": the array ends within or after item ", number));
      }
    }
  }

 private:
  // Up to the bracket that closes it, or all.
  static size_t ItemLength(std::string_view text) {
    int depth = 0;
    size_t length = text.size();
    ForEachOutsideStrings(text, [&](size_t i, char c) {
      const bool closes = (c == '}' || c == ']') && --depth <= 0;
      const bool separates = c == ',' && depth == 0;
      if (c == '{' || c == '[') ++depth;
      if (closes || separates) length = closes ? i + 1 : i;
      return !closes && !separates;
    });
    return length;
  }

  const std::string_view text_;
  const std::string_view file_name_;
  Cells cells_;
};

// One object that holds all rows.
class JsonDocument : public JsonRows {
 public:
  JsonDocument(Json document, std::string_view file_name)
      : document_(std::move(document)), file_name_(file_name) {
    for (const auto& [name, value] : document_.items()) {
      const bool has_rows = value.is_array() && !value.empty() && value.front().is_object();
      if (has_rows && (rows_ == nullptr || value.size() > rows_->size())) rows_ = &value;
      if (value.is_array() || value.is_object()) length_ = std::max(length_, value.size());
    }
    // pandas, orient="split"
    if (document_.contains("columns") && document_.contains("data")) table_ = &document_["data"];
    if (table_ != nullptr) length_ = table_->size();
    if (rows_ != nullptr) length_ = rows_->size();
  }

  absl::Status ForEach(const TakeLogRow& take) override {
    for (size_t i = 0; i < length_; ++i) {
      cells_.Clear();
      if (rows_ != nullptr) {
        if ((*rows_)[i].is_object()) AddObject((*rows_)[i], cells_);
      } else if (table_ != nullptr) {
        AddTableRow(i);
      } else {
        for (const auto& [name, values] : document_.items()) AddOf(name, values, i);
      }
      RETURN_IF_ERROR(WithItem(file_name_, static_cast<int64_t>(i) + 1, take(cells_.Views())));
    }
    return absl::OkStatus();
  }

 private:
  void AddOf(const std::string& name, const Json& values, size_t i) {
    if (values.is_array() && i < values.size()) cells_.Add(name, values[i]);
    if (!values.is_object()) return;
    if (const auto found = values.find(Concat(i)); found != values.end()) cells_.Add(name, *found);
  }
  void AddTableRow(size_t i) {
    const Json& names = document_["columns"];
    const Json& row = (*table_)[i];
    if (!names.is_array() || !row.is_array()) return;
    for (size_t column = 0; column < std::min(names.size(), row.size()); ++column) {
      if (names[column].is_string()) cells_.Add(names[column].get<std::string>(), row[column]);
    }
  }

  Json document_;
  const std::string_view file_name_;
  const Json* rows_ = nullptr;   // an array of objects
  const Json* table_ = nullptr;  // an array of arrays
  size_t length_ = 0;
  Cells cells_;
};

bool HoldsRows(const Json& object) {
  return std::any_of(object.begin(), object.end(),
                     [](const Json& value) { return value.is_array() && value.size() > 1; });
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogRows>> OpenJsonRows(std::string_view text,
                                                      std::string_view file_name) {
  const std::string_view inner = text.substr(std::min(text.find_first_not_of(kBlank), text.size()));
  if (inner.starts_with('[')) return std::make_unique<JsonArray>(inner, file_name);
  const std::string_view first = inner.substr(0, inner.find('\n'));
  const absl::StatusOr<Json> object = ParseLogObject(first);
  const bool is_alone = inner.find_first_not_of(kBlank, first.size()) == inner.npos;
  if (object.ok() && !(is_alone && HoldsRows(*object))) {
    return std::make_unique<JsonLines>(text, file_name);
  }
  absl::StatusOr<Json> document = ParseLogObject(inner);
  // What neither its first line nor the whole explains: lines, the first of which is damaged.
  if (!document.ok()) return std::make_unique<JsonLines>(text, file_name);
  return std::make_unique<JsonDocument>(*std::move(document), file_name);
}

absl::Status ReadJsonLine(std::string_view line, const TakeLogRow& take) {
  ASSIGN_OR_RETURN(const Json object, ParseLogObject(line));
  Cells cells;
  return TakeObject(object, cells, take);
}

}  // namespace powerdown
