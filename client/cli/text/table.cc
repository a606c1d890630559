#include "client/cli/text/table.h"

#include <algorithm>
#include <utility>

namespace powerdown {
namespace {

constexpr char kGap[] = "   ";

}  // namespace

void TextTable::AddColumn(std::string title, Align align) {
  columns_.push_back({std::move(title), align});
}

void TextTable::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

int TextTable::WidthOf(size_t column) const {
  int width = DisplayWidth(columns_[column].title);
  for (const auto& row : rows_) width = std::max(width, DisplayWidth(row[column]));
  return width;
}

std::string TextTable::Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                            int indent) const {
  std::string line(indent, ' ');
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += kGap;
    line += columns_[i].align == Align::kLeft ? PadRight(cells[i], widths[i])
                                              : PadLeft(cells[i], widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string TextTable::Text(const Style& style, int indent) const {
  std::vector<int> widths;
  std::vector<std::string> titles;
  bool has_titles = false;
  for (size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(WidthOf(i));
    titles.push_back(style.Paint(Ink::kFaint, columns_[i].title));
    has_titles = has_titles || !columns_[i].title.empty();
  }
  std::string text = has_titles ? Line(titles, widths, indent) : "";
  for (const auto& row : rows_) text += Line(row, widths, indent);
  return text;
}

}  // namespace powerdown
