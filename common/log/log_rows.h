// The rows of somebody's log, whatever it is written in: separated values (comma, semicolon, tab,
// bars, spaces), JSON lines, one JSON array, an object of columns. Pure.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace powerdown {

inline constexpr size_t kMostLogColumns = 2000;

// One value. What is empty or null is left out. The texts live as long as the call.
struct LogCell {
  std::string_view name;
  std::string_view text;  // as it stands there; "NaN" and "Infinity" too
};
using TakeLogRow = std::function<absl::Status(const std::vector<LogCell>&)>;

class LogRows {
 public:
  virtual ~LogRows() = default;
  // Every name that occurs, in the order of its first occurrence. InvalidArgument as ForEach.
  virtual absl::StatusOr<std::vector<std::string>> Names() = 0;
  // Calls `take` with each row. InvalidArgument: "NAME:LINE: …", or "NAME: item N: …".
  virtual absl::Status ForEach(const TakeLogRow& take) = 0;
  // "0,5" is a half, as where fields are separated by something else.
  virtual bool may_have_decimal_commas() const { return false; }
  // A row without a step has that of the row before: "Epoch 3/9" stands on a line of its own.
  virtual bool may_lack_steps() const { return false; }
  virtual bool is_cut_off() const { return false; }  // the last line was written in part: left out
};

// `text` and `file_name` must outlive the rows. InvalidArgument: it is none of these.
absl::StatusOr<std::unique_ptr<LogRows>> OpenLogRows(std::string_view text,
                                                     std::string_view file_name);

}  // namespace powerdown
