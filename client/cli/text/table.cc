#include "client/cli/text/table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "client/cli/text/wrap.h"

namespace powerdown {
namespace {

constexpr char kGap[] = "   ";
constexpr int kGapWidth = 3;
constexpr int kLeastCell = 16;  // a text cut shorter says nothing

std::vector<std::string> Broken(std::string_view text, int width) {
  const std::string wrapped = WrapText(text, width, 0);
  std::vector<std::string> lines;
  for (std::string_view rest = wrapped; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

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

bool TextTable::HasTitles() const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [](const Column& column) { return !column.title.empty(); });
}

std::vector<int> TextTable::FittedWidths(int room) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) widths.push_back(WidthOf(i));
  if (room <= 0) return widths;
  const auto may_shrink = [&](size_t i) {
    return (i > 0 || columns_[i].is_prose) && columns_[i].align == Align::kLeft &&
           widths[i] > kLeastCell;
  };
  // With every text as it is, or cut as far as texts may be.
  const auto needed = [&](bool is_cut) {
    int sum = -kGapWidth;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (widths[i] < 0) continue;
      sum += kGapWidth + (is_cut && may_shrink(i) ? kLeastCell : widths[i]);
    }
    return sum;
  };
  while (needed(/*is_cut=*/true) > room) {
    size_t leaving = 0;
    int most = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (widths[i] < 0 || columns_[i].leaves <= most) continue;
      most = columns_[i].leaves;
      leaving = i;
    }
    if (most == 0) break;
    widths[leaving] = -1;
  }
  while (needed(/*is_cut=*/false) > room) {
    std::optional<size_t> widest;
    for (size_t i = 0; i < widths.size(); ++i) {
      if (may_shrink(i) && (!widest || widths[i] > widths[*widest])) widest = i;
    }
    if (!widest) break;
    --widths[*widest];
  }
  return widths;
}

std::string TextTable::Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                            int indent) const {
  std::string line(indent, ' ');
  bool is_first = true;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (widths[i] < 0) continue;
    if (!std::exchange(is_first, false)) line += kGap;
    const std::string cell = FitWidth(cells[i], widths[i]);
    line +=
        columns_[i].align == Align::kLeft ? PadRight(cell, widths[i]) : PadLeft(cell, widths[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string TextTable::Text(const Style& style, int indent) const {
  const bool has_titles = HasTitles();
  const int room = style.width() - indent;
  const std::vector<int> widths = FittedWidths(style.width() > 0 ? std::max(1, room) : 0);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(style.Paint(Ink::kFaint, column.title));
  std::string text = has_titles ? Line(titles, widths, indent) : "";
  for (std::vector<std::string> row : rows_) {
    if (has_titles || DisplayWidth(row.back()) <= widths.back()) {
      text += Line(row, widths, indent);
      continue;
    }
    const std::vector<std::string> lines = Broken(row.back(), widths.back());
    for (const std::string& line : lines) {
      row.back() = line;
      text += Line(row, widths, indent);
      row.assign(row.size(), "");
    }
  }
  return text;
}

}  // namespace powerdown
