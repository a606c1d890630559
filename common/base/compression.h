// Bytes made smaller, with a checksum of what went in. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct ZSTD_CCtx_s;  // zstd.h is included by the .cc alone
struct ZSTD_DCtx_s;

namespace powerdown {

// zstd's levels: for what is written once and read for years, and for what is soon written again.
inline constexpr int kSmallest = 19;
inline constexpr int kFast = 3;  // 100 times as fast, and a fifth larger

// One zstd frame.
absl::StatusOr<std::string> Compress(std::string_view content, int level = kSmallest);
// All frames of `bytes`, one after another. DataLoss if they are damaged or cut off,
// ResourceExhausted if they would be longer than `most_bytes`.
absl::StatusOr<std::string> Decompress(std::string_view bytes, size_t most_bytes);
// The content of all frames of `bytes`, which must outlive it, piece by piece: all of it need not
// fit in memory. Not thread-safe.
class StreamDecompressor {
 public:
  explicit StreamDecompressor(std::string_view bytes);
  // Valid until the next call; empty at the end. DataLoss if the bytes are damaged or cut off.
  absl::StatusOr<std::string_view> Next();

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
  std::string_view bytes_;
  std::string piece_;
  size_t left_ = 0;  // of the frame, as far as zstd can tell
};

// One frame made piece by piece for somebody who waits: fast, and larger. Not thread-safe.
class StreamCompressor {
 public:
  StreamCompressor();
  absl::Status Add(std::string_view piece);
  absl::StatusOr<std::string> Finish();          // the frame; nothing may be added any more
  size_t size() const { return bytes_.size(); }  // of what has come out so far

 private:
  absl::Status Feed(std::string_view piece, bool is_last);

  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  const std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  std::string bytes_;
};

bool IsCompressed(std::string_view bytes);  // begins with zstd's magic number

}  // namespace powerdown
