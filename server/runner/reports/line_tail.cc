#include "server/runner/reports/line_tail.h"

#include <string_view>
#include <utility>

#include "common/base/status.h"
#include "common/base/text.h"
#include "common/base/wording.h"

namespace powerdown {
namespace {

// Enough for remarks and a header.
constexpr size_t kFirstBytes = size_t{1} << 16;
// That say in what a text is written, see LogDecoder; a multiple of UTF-16's units.
constexpr size_t kMarkedBytes = 4;

}  // namespace

absl::StatusOr<std::vector<std::string>> LineTail::SkipWhatIsThere() {
  ASSIGN_OR_RETURN(const std::string first, file_.SkipToEnd(kFirstBytes));
  std::vector<std::string> lines;
  if (first.empty()) return lines;
  LogDecoder decoder;
  absl::StatusOr<std::string> text = decoder.Push(first);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        Concat(Printable(path()), ": ", StdView(text.status().message())));
  }
  TextLines(kFirstBytes).Push(*text, [&](std::string_view line) { lines.emplace_back(line); });
  RETURN_IF_ERROR(decoder_.Push(std::string_view(first).substr(0, kMarkedBytes)).status());
  return lines;
}

absl::StatusOr<bool> LineTail::Read(const std::function<void()>& restart, const TakeLine& take) {
  ASSIGN_OR_RETURN(const FileGrowth growth, file_.Read(kMostBytesAtOnce));
  if (growth.has_restarted) {
    decoder_ = LogDecoder();
    lines_.Clear();
    restart();
  }
  const absl::StatusOr<std::string> text = decoder_.Push(growth.bytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        Concat(Printable(path()), ": ", StdView(text.status().message())));
  }
  lines_.Push(*text, take);
  return growth.has_more;
}

void LineTail::Finish(const TakeLine& take) {
  lines_.Push(decoder_.Finish(), take);
  lines_.Finish(take);
}

}  // namespace powerdown
