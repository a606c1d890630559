#include "common/base/compression.h"

#include <zstd.h>

#include <memory>
#include <utility>

#include "common/base/text.h"

namespace powerdown {
namespace {

absl::Status Problem(size_t code, std::string_view what) {
  return absl::DataLossError(Concat(what, ": ", std::string_view(ZSTD_getErrorName(code))));
}

}  // namespace

absl::StatusOr<std::string> Compress(std::string_view content, int level) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::string bytes(ZSTD_compressBound(content.size()), '\0');
  const size_t size =
      ZSTD_compress2(context.get(), bytes.data(), bytes.size(), content.data(), content.size());
  if (ZSTD_isError(size)) return Problem(size, "cannot compress");
  bytes.resize(size);
  return bytes;
}

void StreamCompressor::Free::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

StreamCompressor::StreamCompressor() : context_(ZSTD_createCCtx()) {
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kFast);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

absl::Status StreamCompressor::Feed(std::string_view piece, bool is_last) {
  std::string chunk(ZSTD_CStreamOutSize(), '\0');
  ZSTD_inBuffer input{piece.data(), piece.size(), 0};
  size_t left = 1;  // to be flushed, of the last piece
  while (input.pos < input.size || (is_last && left != 0)) {
    ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
    left = ZSTD_compressStream2(context_.get(), &output, &input,
                                is_last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) return Problem(left, "cannot compress");
    bytes_.append(chunk, 0, output.pos);
  }
  return absl::OkStatus();
}

absl::Status StreamCompressor::Add(std::string_view piece) {
  return Feed(piece, false);
}

absl::StatusOr<std::string> StreamCompressor::Finish() {
  const absl::Status ended = Feed("", true);
  if (!ended.ok()) return ended;
  return std::move(bytes_);
}

absl::StatusOr<std::string> Decompress(std::string_view bytes, size_t most_bytes) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  std::string content;
  std::string chunk(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  size_t left = 1;  // 0: a frame is complete
  bool is_full = false;
  while (input.pos < input.size || is_full) {
    ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
    left = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(left)) return Problem(left, "damaged");
    is_full = output.pos == output.size;
    content.append(chunk, 0, output.pos);
    if (content.size() > most_bytes) {
      return absl::ResourceExhaustedError(Concat("holds more than ", most_bytes, " bytes"));
    }
  }
  if (left != 0) return absl::DataLossError("damaged: the end is missing");
  return content;
}

void StreamDecompressor::Free::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

StreamDecompressor::StreamDecompressor(std::string_view bytes)
    : context_(ZSTD_createDCtx()), bytes_(bytes), piece_(ZSTD_DStreamOutSize(), '\0') {}

absl::StatusOr<std::string_view> StreamDecompressor::Next() {
  ZSTD_inBuffer input{bytes_.data(), bytes_.size(), 0};
  ZSTD_outBuffer output{piece_.data(), piece_.size(), 0};
  while (output.pos == 0 && (input.pos < input.size || left_ != 0)) {
    const size_t before = input.pos;
    left_ = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(left_)) return Problem(left_, "damaged");
    if (input.pos == before && output.pos == 0) {
      return absl::DataLossError("damaged: the end is missing");
    }
  }
  bytes_.remove_prefix(input.pos);
  return std::string_view(piece_).substr(0, output.pos);
}

bool IsCompressed(std::string_view bytes) {
  return bytes.starts_with("\x28\xB5\x2F\xFD");
}

}  // namespace powerdown
