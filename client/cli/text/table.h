// Text tables with aligned columns. Pure; not thread-safe.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/cli/text/style.h"

namespace powerdown {

enum class Align { kLeft, kRight };

class TextTable {
 public:
  // A column without a title has no header cell; when none has one, there is no header line.
  struct Column {
    Column(const char* title, Align align = Align::kLeft) : title(title), align(align) {}
    Column(std::string title, Align align) : title(std::move(title)), align(align) {}
    std::string title;
    Align align;
  };
  TextTable() = default;
  TextTable(std::initializer_list<Column> columns) : columns_(columns) {}
  void AddColumn(std::string title, Align align = Align::kLeft);
  void AddRow(std::vector<std::string> cells);  // missing cells are empty
  // Lines end with a newline; no spaces at their ends.
  std::string Text(const Style& style, int indent = 0) const;

 private:
  int WidthOf(size_t column) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                   int indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// The cell of a value that may not be known: its text, or "–".
template <typename T, typename TextOf>
std::string Cell(const std::optional<T>& value, const TextOf& text_of) {
  return value ? std::string(text_of(*value)) : "–";
}

}  // namespace powerdown
