// A log of separated values: one header line, one line a row. Pure.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/log/log_rows.h"

namespace powerdown {

// The separator is the one that makes most sense of the header. Quoted fields as in RFC 4180; lines
// that begin with # are remarks, unless such a line is the header; a repeated header is passed
// over; an empty field at a line's end is one comma too many.
absl::StatusOr<std::unique_ptr<LogRows>> OpenSeparatedRows(std::string_view text,
                                                           std::string_view file_name);

}  // namespace powerdown
