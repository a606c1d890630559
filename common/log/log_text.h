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

}  // namespace powerdown
