#include "common/log/line_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// Of the compiled expression and of what matching keeps: RE2 refuses what would take more, such as
// "((a{99}){99}){99}".
constexpr int64_t kMostExpressionBytes = int64_t{8} << 20;
constexpr char kEscape = '\x1b';

// Python and RE2 write (?P<name>…), Perl, Java and JavaScript (?<name>…).
std::string WithPythonNames(std::string_view pattern) {
  std::string named;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\' && rest.size() > 1) {
      named += rest.substr(0, 2);
      ++i;
      continue;
    }
    const bool is_name =
        rest.starts_with("(?<") && rest.size() > 3 &&
        (absl::ascii_isalpha(static_cast<unsigned char>(rest[3])) || rest[3] == '_');
    if (is_name) {
      named += "(?P<";
      i += 2;
    } else {
      named += rest[0];
    }
  }
  return named;
}

// \S+ finds the comma of "acc 0.93, loss 0.1" too, and the bracket of "(acc 0.93)".
std::string_view WithoutPunctuation(std::string_view text) {
  constexpr std::string_view kBefore = " \t([{<\"'=:";
  constexpr std::string_view kAfter = " \t)]}>\"',;:.|";
  const size_t first = text.find_first_not_of(kBefore);
  if (first == text.npos) return {};
  const size_t last = text.find_last_not_of(kAfter);
  return last == text.npos || last < first ? std::string_view()
                                           : text.substr(first, last + 1 - first);
}

class PatternRows : public LogRows {
 public:
  PatternRows(std::string_view text, std::string_view file_name, const LinePattern& pattern)
      : text_(text), file_name_(file_name), pattern_(pattern) {}

  absl::StatusOr<std::vector<std::string>> Names() override { return pattern_.names(); }

  absl::Status ForEach(const TakeLogRow& take) override {
    std::string_view rest = text_;
    std::vector<LogCell> cells;
    for (int64_t number = 1; !rest.empty(); ++number) {
      // Progress bars write over their line with carriage returns.
      const size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
      if (end < rest.size() && rest[end] == '\r') --number;
      const std::string line = WithoutColours(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      cells.clear();
      pattern_.AddCells(line, cells);
      if (cells.empty()) continue;
      if (const absl::Status taken = take(cells); !taken.ok()) {
        return absl::InvalidArgumentError(
            Concat(file_name_, ":", number, ": ", StdView(taken.message())));
      }
    }
    return absl::OkStatus();
  }
  bool may_lack_steps() const override { return true; }

 private:
  const std::string_view text_;
  const std::string_view file_name_;
  const LinePattern& pattern_;
};

}  // namespace

LinePattern::LinePattern(std::unique_ptr<re2::RE2> expression)
    : expression_(std::move(expression)) {
  for (const auto& [group, name] : expression_->CapturingGroupNames()) {
    names_.push_back(name);
    groups_.push_back(group);
  }
}
LinePattern::LinePattern(LinePattern&&) noexcept = default;
LinePattern::~LinePattern() = default;

absl::StatusOr<LinePattern> LinePattern::Create(std::string_view pattern) {
  if (pattern.size() > kMostPatternBytes) {
    return absl::InvalidArgumentError(Concat("the expression has ", pattern.size(),
                                             " bytes; allowed: up to ", kMostPatternBytes));
  }
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(kMostExpressionBytes);
  auto expression = std::make_unique<re2::RE2>(WithPythonNames(pattern), options);
  if (!expression->ok()) {
    return absl::InvalidArgumentError(
        Concat("the expression is not read: ", Printable(expression->error())));
  }
  LinePattern made(std::move(expression));
  if (made.names_.empty()) {
    return absl::InvalidArgumentError(
        "the expression names no group; name what it finds: "
        R"(step (?P<step>\d+).*val (?P<validation_accuracy>\S+))");
  }
  return made;
}

std::vector<std::string> LinePattern::names() const {
  std::vector<std::string> names;
  for (const std::string& name : names_) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

void LinePattern::AddCells(std::string_view line, std::vector<LogCell>& cells) const {
  if (line.size() > kMostReportLineBytes) return;
  std::vector<re2::StringPiece> groups(static_cast<size_t>(groups_.back()) + 1);
  size_t place = 0;
  for (int i = 0; i < kMostMatchesInLine && place <= line.size(); ++i) {
    if (!expression_->Match(line, place, line.size(), re2::RE2::UNANCHORED, groups.data(),
                            static_cast<int>(groups.size()))) {
      return;
    }
    for (size_t j = 0; j < groups_.size(); ++j) {
      const re2::StringPiece& found = groups[static_cast<size_t>(groups_[j])];
      if (found.data() == nullptr) continue;
      const std::string_view text = WithoutPunctuation({found.data(), found.size()});
      if (!text.empty()) cells.push_back({names_[j], text});
    }
    const auto end = static_cast<size_t>(groups[0].data() + groups[0].size() - line.data());
    place = std::max(end, place + 1);
  }
}

std::unique_ptr<LogRows> OpenPatternRows(std::string_view text, std::string_view file_name,
                                         const LinePattern& pattern) {
  return std::make_unique<PatternRows>(text, file_name, pattern);
}

std::string WithoutColours(std::string_view line) {
  std::string plain;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] != kEscape || i + 1 == line.size() || line[i + 1] != '[') {
      plain += line[i];
      continue;
    }
    // ESC [ parameters, ended by a byte from @ to ~ (ECMA-48, 5.4).
    for (i += 2; i < line.size() && (line[i] < '@' || line[i] > '~'); ++i) {
    }
  }
  return plain;
}

}  // namespace powerdown
