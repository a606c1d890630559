// Text tables with aligned columns. Pure; not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/cli/text/style.h"

namespace powerdown {

class TextTable {
 public:
  enum class Align { kLeft, kRight };
  // A column without a title has no header cell; when none has one, there is no header line.
  void AddColumn(std::string title, Align align = Align::kLeft);
  void AddRow(std::vector<std::string> cells);  // missing cells are empty
  // Lines end with a newline; no spaces at their ends.
  std::string Text(const Style& style, int indent = 0) const;

 private:
  struct Column {
    std::string title;
    Align align;
  };
  int WidthOf(size_t column) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                   int indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace powerdown
