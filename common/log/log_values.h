// The values of somebody's log: numbers, percent, times, as people's tools write them. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace powerdown {

struct LogNumber {
  double value = 0;
  bool has_percent_sign = false;
  bool is_known = true;  // "-", "null", "None", "N/A": written, and says nothing
};

// Reads numbers of one file, which must all have the same decimal mark.
class LogNumbers {
 public:
  explicit LogNumbers(bool may_have_decimal_commas) : has_commas_(may_have_decimal_commas) {}
  // InvalidArgument: no number, or one that may mean two things: both are named.
  absl::StatusOr<LogNumber> Read(std::string_view text);

 private:
  absl::StatusOr<std::string> WithPoint(std::string_view text);

  const bool has_commas_;
  std::string point_example_;  // the first number with three digits after a point
  std::string comma_example_;  // the first with a decimal comma
};

struct LogTime {
  absl::Time time = absl::UnixEpoch();
  bool lacks_zone = false;  // taken as UTC
};
// RFC 3339, with a space instead of the T, without a zone; seconds or milliseconds since 1970;
// smaller numbers are seconds since the start, which is the Unix epoch then. InvalidArgument: none
// of these.
absl::StatusOr<LogTime> ReadLogTime(std::string_view text);

}  // namespace powerdown
