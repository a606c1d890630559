// Reports in what a program prints, found by a regular expression whose groups are named as columns
// are: "step (?P<step>\d+) train (?P<train_acc>\S+) val (?P<val_acc>\S+)". RE2 reads it, whose time
// is linear in the text, whatever the expression. Thread-safe; pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/log/log_rows.h"

namespace re2 {
class RE2;
}

namespace powerdown {

// Longer expressions are no ones that a person wrote.
inline constexpr size_t kMostPatternBytes = 4096;
// In one line, so that an expression that matches everywhere costs no more than a line is long.
inline constexpr int kMostMatchesInLine = 64;
// Of a line. Longer ones are no reports: weights that were printed, or a file in base64.
inline constexpr size_t kMostReportLineBytes = size_t{1} << 16;

class LinePattern {
 public:
  // (?<name>…) is taken for (?P<name>…). InvalidArgument: RE2 does not take it, or it has no named
  // group.
  static absl::StatusOr<LinePattern> Create(std::string_view pattern);
  LinePattern(LinePattern&&) noexcept;
  ~LinePattern();

  // Of the groups, in their order, each once: two alternatives may find the same.
  std::vector<std::string> names() const;
  // Adds the groups of every match in the line; what a match leaves empty is left out. Texts are
  // those of the line. A line that is too long has none.
  void AddCells(std::string_view line, std::vector<LogCell>& cells) const;

 private:
  LinePattern(std::unique_ptr<re2::RE2> expression);

  std::unique_ptr<re2::RE2> expression_;
  std::vector<std::string> names_;  // of each named group
  std::vector<int> groups_;         // its number
};

// The rows of a whole text: one for each line that matches. All three must outlive it.
std::unique_ptr<LogRows> OpenPatternRows(std::string_view text, std::string_view file_name,
                                         const LinePattern& pattern);

// The line without the escape sequences that colour it on a terminal.
std::string WithoutColours(std::string_view line);

}  // namespace powerdown
