// A log in JSON: one object a line; one array of objects; an object with such an array in it
// (Hugging Face's log_history); an object of columns, as arrays or by index (pandas, Keras). NaN,
// Infinity and -Infinity, which Python writes, are read. Pure.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/log/log_rows.h"

namespace powerdown {

// `text` begins with [ or {.
absl::StatusOr<std::unique_ptr<LogRows>> OpenJsonRows(std::string_view text,
                                                      std::string_view file_name);

// One line of JSON lines. Calls `take` unless it is none of a training, but of this program's own
// files. InvalidArgument: it is no object, or what `take` says.
absl::Status ReadJsonLine(std::string_view line, const TakeLogRow& take);

}  // namespace powerdown
