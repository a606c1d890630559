#include "common/log/log_rows.h"

#include "common/base/text.h"
#include "common/log/json_rows.h"
#include "common/log/separated_rows.h"

namespace powerdown {

absl::StatusOr<std::unique_ptr<LogRows>> OpenLogRows(std::string_view text,
                                                     std::string_view file_name) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) {
    return absl::InvalidArgumentError(Concat(file_name, ": has no step report"));
  }
  if (text[first] == '{' || text[first] == '[') return OpenJsonRows(text, file_name);
  return OpenSeparatedRows(text, file_name);
}

}  // namespace powerdown
