// Prints answers in the format that was asked for; the only code that knows all four formats.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/terminal/console.h"
#include "common/base/json_fwd.h"

namespace powerdown {

// What people see in place of JSON. Called only where it is printed.
using TextFor = std::function<std::string(const Style& style)>;

struct Answer {
  std::vector<Json> objects;
  bool is_list = false;                        // `json` is one array; else the one object itself
  std::optional<std::vector<Json>> rows = {};  // of the CSV; absent: the objects
  TextFor text;
};
// table: the text. json: one document. jsonl: one object a line. csv: a header, one row an object.
absl::Status Print(Console& console, const Answer& answer);

absl::Status PrintObject(Console& console, const Json& object, const TextFor& text);
absl::Status PrintObject(Console& console, const Json& object, const std::string& line);
absl::Status PrintList(Console& console, const std::vector<Json>& objects, const TextFor& text);
// As a list, but one object alone is not in an array.
absl::Status PrintOneOrMore(Console& console, const std::vector<Json>& objects,
                            const TextFor& text);
// The table has a column a key.
absl::Status PrintTable(Console& console, const std::vector<Json>& objects,
                        const std::vector<std::string>& keys);

// Into a file that the user named. What is wrong with it is not the daemon's fault: an exit code
// of 1, not of a daemon out of reach.
absl::Status WriteNamedFile(const std::string& path, std::string_view content);

// Rows that come one by one. Each is printed at once; `json` is one array at the end.
class RowPrinter {
 public:
  // `columns` are those of the CSV. Nothing is printed where `format` is kTable.
  RowPrinter(Console& console, OutputFormat format, std::vector<std::string> columns);
  absl::Status Begin();
  absl::Status Print(const Json& row);
  absl::Status End();

 private:
  Console& console_;
  const OutputFormat format_;
  const std::vector<std::string> columns_;
  std::vector<Json> kept_;
};

}  // namespace powerdown
