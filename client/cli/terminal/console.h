// Where output goes (data to stdout, talk to stderr) and what the two streams can show. Not
// thread-safe.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "client/cli/text/style.h"
#include "common/base/json_fwd.h"
#include "common/base/named.h"

namespace powerdown {

enum class OutputFormat { kTable, kJson, kJsonLines, kCsv };
template <>
struct NamesOf<OutputFormat> {
  static constexpr std::string_view kNames[] = {"table", "json", "jsonl", "csv"};
};

enum class ColorChoice { kAuto, kNever, kAlways };
template <>
struct NamesOf<ColorChoice> {
  static constexpr std::string_view kNames[] = {"auto", "never", "always"};
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

class Console {
 public:
  // The caller closes `out` and `err`.
  // Quiet: no talk and no pictures.
  Console(FILE* out, FILE* err, ColorChoice color, OutputFormat format = OutputFormat::kTable,
          bool is_quiet = false);

  // Data. Flushed, so that a reader of a pipe or a file sees whole lines at once. A stdout that
  // cannot be written (a full disk) is an error.
  absl::Status Write(std::string_view text);
  absl::Status WriteJson(const Json& json);      // one document, indented
  absl::Status WriteJsonLine(const Json& json);  // one line

  void Say(std::string_view line);       // one line of talk
  void Complain(std::string_view line);  // one line of what went wrong; also where it is quiet

  OutputFormat format() const { return format_; }  // of the data
  bool IsForPeople() const { return format_ == OutputFormat::kTable; }
  const Style& style() const { return out_style_; }
  const Style& err_style() const { return err_style_; }
  bool has_terminal_for_data() const { return has_terminal_for_data_; }  // stdout is a terminal
  bool can_draw() const { return can_draw_; }  // whether stderr is a terminal that can redraw
  TerminalSize Size() const;                   // of the terminal on stderr
  void Draw(std::string_view text);            // raw, to that terminal

 private:
  FILE* const out_;
  FILE* const err_;
  const OutputFormat format_;
  const Style out_style_;
  const Style err_style_;
  const bool is_quiet_;
  const bool has_terminal_for_data_;
  const bool can_draw_;
};

// Whether stdin is a terminal, so that a person can answer.
bool HasPersonAtTerminal();

}  // namespace powerdown
