#include "common/log/log_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "common/base/compression.h"

namespace powerdown {
namespace {

using testing::HasSubstr;

constexpr char kText[] = "step,train_acc\n1,0.5\n";

std::string Gzipped(std::string text) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string bytes(text.size() + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  deflate(&stream, Z_FINISH);
  bytes.resize(bytes.size() - stream.avail_out);
  deflateEnd(&stream);
  return bytes;
}

std::string Utf16(std::string_view text, bool is_big) {
  std::string bytes;
  for (const char c : text) {
    if (is_big) bytes += '\0';
    bytes += c;
    if (!is_big) bytes += '\0';
  }
  return bytes;
}

TEST(LogTextTest, GzipAndZstdAreUnpacked) {
  EXPECT_EQ(*PlainLogText(Gzipped(kText), "a.gz"), kText);
  EXPECT_EQ(*PlainLogText(Gzipped("a\n") + Gzipped("b\n"), "members.gz"), "a\nb\n");
  EXPECT_EQ(*PlainLogText(*Compress(kText), "a.zst"), kText);
  // More than a chunk of the unpacker.
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(PlainLogText(Gzipped(large), "a.gz")->size(), large.size());
}

TEST(LogTextTest, DamageAndBombsAreRefusedWithOneLine) {
  const std::string packed = Gzipped(kText);
  EXPECT_THAT(PlainLogText(packed.substr(0, packed.size() - 6), "a.gz").status().message(),
              HasSubstr("a.gz: is cut off"));
  std::string damaged = packed;
  damaged[packed.size() / 2] ^= 0x55;
  EXPECT_THAT(PlainLogText(damaged, "a.gz").status().message(), HasSubstr("a.gz: is damaged"));
  const std::string bomb = Gzipped(std::string(1 << 20, '0'));
  EXPECT_TRUE(absl::IsResourceExhausted(PlainLogText(bomb, "a.gz", 1 << 19).status()));
  const std::string cut = Compress(kText)->substr(0, 20);
  EXPECT_THAT(PlainLogText(cut, "a.zst").status().message(), HasSubstr("a.zst: is damaged"));
}

TEST(LogTextTest, Utf16BecomesUtf8WithAndWithoutMark) {
  EXPECT_EQ(*PlainLogText("\xFF\xFE" + Utf16(kText, false), "a"), kText);
  EXPECT_EQ(*PlainLogText("\xFE\xFF" + Utf16(kText, true), "a"), kText);
  EXPECT_EQ(*PlainLogText(Utf16(kText, false), "a"), kText);
  EXPECT_EQ(*PlainLogText(Utf16(kText, true), "a"), kText);
  // é, €, a pair (U+1F600) and half of one.
  EXPECT_EQ(*PlainLogText(std::string("\xFF\xFE\xE9\0\xAC\x20\x3D\xD8\x00\xDE\x3D\xD8", 12), "a"),
            "é€😀\xEF\xBF\xBD");
}

TEST(LogTextTest, MarksGoAndLinesEndAsOnAnySystem) {
  EXPECT_EQ(*PlainLogText("\xEF\xBB\xBFx\n", "a"), "x\n");
  EXPECT_EQ(*PlainLogText("a\rb\r", "a"), "a\nb\n");
  EXPECT_EQ(*PlainLogText("a\r\nb\r\n", "a"), "a\r\nb\r\n");  // rows strip it
  EXPECT_EQ(*PlainLogText("", "a"), "");
}

TEST(LogTextTest, AGrowingTextIsDecodedInAnyPieces) {
  const std::string little(
      "\xFF\xFE"
      "a\0\xFC\0=\xD8\0\xDE\n\0",
      12);
  const std::string big(
      "\xFE\xFF"
      "\0a\0\xFC\xD8=\xDE\0\0\n",
      12);
  const std::string plain =
      "\xEF\xBB\xBF"
      "a\xC3\xBC\xF0\x9F\x98\x80\n";
  for (const std::string& bytes : {little, big, plain}) {
    LogDecoder decoder;
    std::string text;
    for (const char byte : bytes) text += *decoder.Push(std::string(1, byte));
    EXPECT_EQ(text + decoder.Finish(), "a\xC3\xBC\xF0\x9F\x98\x80\n");
  }
  LogDecoder decoder;  // too short to say in what it is written
  EXPECT_EQ(*decoder.Push("ab"), "");
  EXPECT_EQ(decoder.Finish(), "ab");
  EXPECT_FALSE(LogDecoder().Push("\x1f\x8b\x08\x08").ok());
}

}  // namespace
}  // namespace powerdown
