// Which rows of a log were told before. Some programs write their whole log anew at each report, or
// for one more column; its rows then come again. Plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/log/log_rows.h"

namespace powerdown {

// Eight bytes each. A longer log that is written anew is told again from here on.
inline constexpr size_t kMostKnownRows = size_t{1} << 20;

class RowHistory {
 public:
  // The log begins anew. Rows that are what they were are not new, up to the first that differs.
  void Restart() {
    place_ = 0;
    is_repeating_ = !rows_.empty();
  }
  // A row is its cells, in any order.
  bool IsNew(const std::vector<LogCell>& cells);

 private:
  std::vector<uint64_t> rows_;  // what is left of each: a sum over its cells
  size_t place_ = 0;
  bool is_repeating_ = false;
};

}  // namespace powerdown
