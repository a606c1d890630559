#include "common/base/csv_field.h"

#include "absl/strings/numbers.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace powerdown {
namespace {

bool IsFormula(std::string_view text) {
  double number = 0;
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos &&
         !absl::SimpleAtod(AbslView(text), &number);
}

}  // namespace

std::string CsvField(std::string_view text) {
  std::string field = IsFormula(text) ? "'" : "";
  bool is_quoted = !field.empty();
  while (!text.empty()) {
    const Utf8Character first = FirstCharacter(text);
    const char lead = text[0];
    const bool is_space = lead == '\t' || lead == '\r' || lead == '\n';
    is_quoted = is_quoted || lead == ',' || lead == '"' || is_space;
    if (lead == '"') field += '"';
    if (!is_space && (!first.is_valid || IsMisleading(first.code))) {
      field += '?';
    } else {
      field += text.substr(0, first.bytes);
    }
    text.remove_prefix(first.bytes);
  }
  return is_quoted ? Concat("\"", field, "\"") : field;
}

}  // namespace powerdown
