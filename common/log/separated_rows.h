// A log of separated values: one header line, one line a row. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/log/log_rows.h"

namespace powerdown {

// One record of a table.
struct SeparatedRecord {
  std::vector<LogCell> cells;  // without those whose field or name is empty
  bool is_cut_off = false;     // within a quoted field, or before its last one
};

// The header line of a table, and how the records below it are split. Not thread-safe.
class SeparatedHeader {
 public:
  // Nullopt: the line is empty or a remark. InvalidArgument: too many columns, or two of one name.
  static absl::StatusOr<std::optional<SeparatedHeader>> Read(std::string_view line);

  char separator() const { return separator_; }
  const std::vector<std::string>& names() const { return names_; }  // some may be empty

  // Whether a record says nothing: empty, a remark, or the header once more.
  bool IsPassedOver(std::string_view record) const;
  // The texts live until the next record is split, and as long as `record` and this. A cut-off
  // record may be the last of a file that still grows; InvalidArgument says what is wrong with it
  // where it is not.
  absl::Status Split(std::string_view record, SeparatedRecord& split);

 private:
  std::string line_;
  char separator_ = ',';
  std::vector<std::string> names_;
  // Of one record, kept for the next.
  std::vector<std::string_view> fields_;
  std::vector<std::string> storage_;
};

// The separator is the one that makes most sense of the header. Quoted fields as in RFC 4180; lines
// that begin with # are remarks, unless such a line is the header; a repeated header is passed
// over; an empty field at a line's end is one comma too many.
absl::StatusOr<std::unique_ptr<LogRows>> OpenSeparatedRows(std::string_view text,
                                                           std::string_view file_name);

}  // namespace powerdown
