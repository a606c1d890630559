// The bytes of a log file as text: unpacked (gzip, zstd), in UTF-8, its lines ended by line feeds.
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace powerdown {

// Of what a packed log unpacks to: as much as a file that is read may hold.
inline constexpr size_t kMostLogBytes = size_t{1} << 30;

// UTF-16 is known by its byte order mark, or by its zeros; lines may end as on any system.
// InvalidArgument names the file: damaged, cut off. ResourceExhausted: longer than `most_bytes`.
absl::StatusOr<std::string> PlainLogText(std::string bytes, std::string_view file_name,
                                         size_t most_bytes = kMostLogBytes);

// The text of a log file that still grows, of which the bytes come in any pieces. Not thread-safe.
class LogDecoder {
 public:
  // The text that `bytes` completes, in UTF-8; line ends are as they stand there. The first four
  // bytes say in what the file is written, and are awaited. InvalidArgument: the file is packed.
  absl::StatusOr<std::string> Push(std::string_view bytes);
  // What was awaited more of, at the end of the file.
  std::string Finish();

 private:
  enum class Form { kNotKnown, kUtf8, kLittle, kBig };
  Form form_ = Form::kNotKnown;
  std::string rest_;
};

}  // namespace powerdown
