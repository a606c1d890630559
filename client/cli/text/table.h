// Text tables with aligned columns, fitted to the terminal's width: no line wraps. Pure; not
// thread-safe.
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
    Column(std::string title, Align align, int leaves = 0)
        : title(std::move(title)), align(align), leaves(leaves) {}
    std::string title;
    Align align;
    int leaves = 0;  // where there is no room, the column with the highest goes first; 0: it stays
    bool is_prose = false;  // may be cut though it is the first
  };
  TextTable() = default;
  TextTable(std::initializer_list<Column> columns) : columns_(columns) {}
  void AddColumn(std::string title, Align align = Align::kLeft);
  void Add(Column column) { columns_.push_back(std::move(column)); }
  void AddRow(std::vector<std::string> cells);  // missing cells are empty
  // Lines end with a newline; no spaces at their ends. Where a line would not fit the style's
  // width, columns that may leave do, then texts beyond the first column end in "…"; numbers are
  // never cut. A table without titles is a list of facts: its last column goes on below instead.
  std::string Text(const Style& style, int indent = 0) const;

 private:
  int WidthOf(size_t column) const;
  bool HasTitles() const;
  // A negative width: the column has left.
  std::vector<int> FittedWidths(int room) const;
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
