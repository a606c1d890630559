#include "common/log/log_text.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "common/base/compression.h"
#include "common/base/status.h"
#include "common/base/text.h"

namespace powerdown {
namespace {

constexpr std::string_view kGzip = "\x1f\x8b";
constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleMark = "\xFF\xFE";
constexpr std::string_view kBigMark = "\xFE\xFF";
constexpr int kGzipWindow = 16 + MAX_WBITS;  // zlib: a gzip header and no other

absl::Status Damaged(std::string_view file_name, std::string_view what) {
  return absl::InvalidArgumentError(Concat(file_name, ": ", what));
}

// All members of a gzip file, one after another (RFC 1952).
absl::StatusOr<std::string> Gunzip(std::string_view bytes, std::string_view file_name,
                                   size_t most_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return absl::InternalError("zlib: no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> ends(&stream, inflateEnd);
  std::string text;
  std::string chunk(size_t{1} << 18, '\0');
  int state = Z_OK;
  while (!bytes.empty()) {
    if (state == Z_STREAM_END) inflateReset(&stream);
    const size_t taken = std::min(bytes.size(), chunk.size());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(taken);
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    state = inflate(&stream, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) {
      return Damaged(file_name, "is damaged: it cannot be unpacked by gzip");
    }
    bytes.remove_prefix(taken - stream.avail_in);
    text.append(chunk, 0, chunk.size() - stream.avail_out);
    if (text.size() > most_bytes) {
      return absl::ResourceExhaustedError(
          Concat(file_name, ": unpacks to more than ", most_bytes, " bytes"));
    }
  }
  if (state != Z_STREAM_END) return Damaged(file_name, "is cut off: unpack it by hand to use it");
  return text;
}

void AppendUtf8(uint32_t code, std::string& text) {
  if (code < 0x80) {
    text += static_cast<char>(code);
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr uint32_t kHeads[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(kHeads[more] | (code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
}

// Halves of a pair that stand alone become U+FFFD.
std::string FromUtf16(std::string_view bytes, bool is_big) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(is_big ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint32_t code = unit(i);
    const bool is_half = code >= 0xD800 && code < 0xE000;
    if (is_half) {
      const uint32_t low = code < 0xDC00 && i + 3 < bytes.size() ? unit(i + 2) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      } else {
        code = 0xFFFD;
      }
    }
    AppendUtf8(code, text);
  }
  return text;
}

// Text of this kind is ASCII at its beginning: every other byte is then 0.
bool HasZerosAt(std::string_view bytes, size_t first) {
  constexpr size_t kLooked = 32;
  if (bytes.size() < 4) return false;
  for (size_t i = 0; i < std::min(bytes.size() - 1, kLooked); i += 2) {
    if (bytes[i + first] != 0 || bytes[i + 1 - first] == 0) return false;
  }
  return true;
}

// How many of the bytes make whole characters of UTF-16.
size_t WholeUtf16(std::string_view bytes, bool is_big) {
  size_t whole = bytes.size() / 2 * 2;
  if (whole == 0) return 0;
  const auto high = static_cast<unsigned char>(bytes[is_big ? whole - 2 : whole - 1]);
  if (high >= 0xD8 && high < 0xDC) whole -= 2;  // the first half of a pair
  return whole;
}

}  // namespace

absl::StatusOr<std::string> LogDecoder::Push(std::string_view bytes) {
  constexpr size_t kLooked = 4;
  rest_ += bytes;
  if (form_ == Form::kNotKnown) {
    if (rest_.size() < kLooked) return std::string();
    if (rest_.starts_with(kGzip) || IsCompressed(rest_)) {
      return absl::InvalidArgumentError(
          "is packed, and cannot be read while it grows; import it once the program has ended: "
          "powerdown run import");
    }
    const bool has_little_mark = rest_.starts_with(kLittleMark);
    const bool has_big_mark = rest_.starts_with(kBigMark);
    const std::string_view first = std::string_view(rest_).substr(0, kLooked);
    form_ = has_little_mark || HasZerosAt(first, 1) ? Form::kLittle
            : has_big_mark || HasZerosAt(first, 0)  ? Form::kBig
                                                    : Form::kUtf8;
    if (has_little_mark || has_big_mark) rest_.erase(0, kLittleMark.size());
    if (rest_.starts_with(kUtf8Mark)) rest_.erase(0, kUtf8Mark.size());
  }
  if (form_ == Form::kUtf8) return std::exchange(rest_, "");
  const bool is_big = form_ == Form::kBig;
  const size_t whole = WholeUtf16(rest_, is_big);
  std::string text = FromUtf16(std::string_view(rest_).substr(0, whole), is_big);
  rest_.erase(0, whole);
  return text;
}

std::string LogDecoder::Finish() {
  std::string text = std::exchange(rest_, "");
  return form_ == Form::kNotKnown ? text : std::string();
}

absl::StatusOr<std::string> PlainLogText(std::string bytes, std::string_view file_name,
                                         size_t most_bytes) {
  if (bytes.starts_with(kGzip)) {
    ASSIGN_OR_RETURN(bytes, Gunzip(bytes, file_name, most_bytes));
  } else if (IsCompressed(bytes)) {
    absl::StatusOr<std::string> text = Decompress(bytes, most_bytes);
    if (absl::IsDataLoss(text.status())) return Damaged(file_name, "is damaged or cut off");
    RETURN_IF_ERROR(text.status());
    bytes = *std::move(text);
  }
  if (bytes.starts_with(kLittleMark)) {
    bytes = FromUtf16(std::string_view(bytes).substr(2), /*is_big=*/false);
  } else if (bytes.starts_with(kBigMark)) {
    bytes = FromUtf16(std::string_view(bytes).substr(2), /*is_big=*/true);
  } else if (HasZerosAt(bytes, 1)) {
    bytes = FromUtf16(bytes, /*is_big=*/false);
  } else if (HasZerosAt(bytes, 0)) {
    bytes = FromUtf16(bytes, /*is_big=*/true);
  } else if (bytes.starts_with(kUtf8Mark)) {
    bytes.erase(0, kUtf8Mark.size());
  }
  if (bytes.find('\n') == bytes.npos) std::replace(bytes.begin(), bytes.end(), '\r', '\n');
  return bytes;
}

}  // namespace powerdown
