// What a program writes, kept on disk and bounded: the newest pieces of a stream, each a file named
// after the byte that it begins at ("output.4194304.log").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/platform/descriptor.h"

namespace powerdown {

// A run keeps up to kOutputPieces times this: what people read, and a disk bears for many runs.
inline constexpr int64_t kOutputPieceBytes = 4 << 20;
inline constexpr size_t kOutputPieces = 4;

// Not thread-safe.
class OutputLog {
 public:
  explicit OutputLog(std::string folder, int64_t piece_bytes = kOutputPieceBytes)
      : folder_(std::move(folder)), piece_bytes_(piece_bytes) {}
  // ResourceExhausted and the like as the disk says; what could not be written is lost, and what
  // comes later is tried again.
  absl::Status Append(std::string_view bytes);
  int64_t written() const { return written_; }

 private:
  absl::Status OpenPiece();

  const std::string folder_;
  const int64_t piece_bytes_;
  int64_t written_ = 0;      // since the beginning
  int64_t piece_begin_ = 0;  // of the open one
  Descriptor piece_;
  std::vector<int64_t> pieces_;  // where each begins
};

struct OutputPart {
  int64_t offset = 0;  // later than asked where that is forgotten
  std::string text;
};
// From byte `offset` on, at most so many; a negative offset counts from the end. The folder may
// belong to somebody who is not to be trusted: what is no plain file of its owner is not read.
// Nothing is there before the program has written.
absl::StatusOr<OutputPart> ReadOutput(const std::string& folder, int64_t offset, size_t most_bytes);

}  // namespace powerdown
