#include "server/runner/reports/row_history.h"

#include <functional>
#include <string_view>

namespace powerdown {
namespace {

uint64_t HashOfCells(const std::vector<LogCell>& cells) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
  const std::hash<std::string_view> hash;
  uint64_t sum = cells.size();
  for (const LogCell& cell : cells) {
    uint64_t value = hash(cell.name) * kOdd + hash(cell.text);
    value = (value ^ value >> 32) * kOdd;
    sum += value ^ value >> 29;
  }
  return sum;
}

}  // namespace

bool RowHistory::IsNew(const std::vector<LogCell>& cells) {
  const uint64_t row = HashOfCells(cells);
  if (is_repeating_ && place_ < rows_.size() && rows_[place_] == row) {
    ++place_;
    return false;
  }
  if (is_repeating_) rows_.resize(place_);
  is_repeating_ = false;
  if (rows_.size() < kMostKnownRows) rows_.push_back(row);
  return true;
}

}  // namespace powerdown
