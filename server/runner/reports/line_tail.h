// The lines of a text file, as a program writes them. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/log/log_text.h"
#include "server/runner/reports/growing_file.h"
#include "server/runner/reports/text_lines.h"

namespace powerdown {

// Read at one poll: 10 MiB a second at a poll every 100 ms.
inline constexpr size_t kMostBytesAtOnce = size_t{1} << 20;
// Of a row in a file. A row of 2,000 columns (kMostLogColumns) takes less.
inline constexpr size_t kMostRowBytes = size_t{1} << 20;

class LineTail {
 public:
  explicit LineTail(std::string path) : file_(std::move(path)), lines_(kMostRowBytes) {}

  // What the file holds now was written before this program: it is passed over, but for its first
  // lines, which are returned.
  absl::StatusOr<std::vector<std::string>> SkipWhatIsThere();

  // Calls `restart` where the file begins anew, and `take` with each new line. Returns whether
  // there is more.
  absl::StatusOr<bool> Read(const std::function<void()>& restart, const TakeLine& take);
  // The last line, which has no end.
  void Finish(const TakeLine& take);

  int64_t long_lines() const { return lines_.long_lines(); }
  const std::string& path() const { return file_.path(); }

 private:
  GrowingFile file_;
  LogDecoder decoder_;
  TextLines lines_;
};

}  // namespace powerdown
