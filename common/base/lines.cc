#include "common/base/lines.h"

#include <algorithm>
#include <cstdint>

#include "common/base/text.h"

namespace powerdown {

absl::Status ForEachLine(std::string_view text, std::string_view name,
                         const std::function<absl::Status(std::string_view)>& take) {
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (const absl::Status taken = take(line); !taken.ok()) {
      return absl::InvalidArgumentError(Concat(name, ":", number, ": ", StdView(taken.message())));
    }
  }
  return absl::OkStatus();
}

}  // namespace powerdown
