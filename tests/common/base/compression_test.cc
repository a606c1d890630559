#include "common/base/compression.h"

#include <gtest/gtest.h>

namespace powerdown {
namespace {

std::string Compressed(const std::string& content) {
  auto bytes = Compress(content);
  EXPECT_TRUE(bytes.ok()) << bytes.status();
  return *bytes;
}

TEST(CompressionTest, GivesBackWhatWentIn) {
  std::string content;
  for (int i = 0; i < 100000; ++i) content += std::to_string(i * 7919 % 1000);
  for (const std::string& text : {std::string(), std::string("a"), content}) {
    EXPECT_EQ(*Decompress(Compressed(text), 1 << 20), text);
  }
  EXPECT_LT(Compressed(content).size(), content.size() / 2);
}

TEST(CompressionTest, AStreamOfPiecesIsOneFrame) {
  std::string content;
  StreamCompressor stream;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<size_t>(i) * 100, static_cast<char>('a' + i % 26));
    content += piece;
    ASSERT_TRUE(stream.Add(piece).ok());
  }
  const auto bytes = stream.Finish();
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(*Decompress(*bytes, 1 << 20), content);
  EXPECT_LT(bytes->size(), content.size() / 10);
}

TEST(CompressionTest, ReadsFramesOneAfterAnother) {
  EXPECT_EQ(*Decompress(Compressed("ab") + Compressed("cd"), 100), "abcd");
}

TEST(CompressionTest, NoticesDamage) {
  const std::string bytes = Compressed(std::string(1000, 'x') + "y");
  std::string changed = bytes;
  changed[changed.size() - 2] ^= 1;
  EXPECT_TRUE(absl::IsDataLoss(Decompress(changed, 1 << 20).status()));
  EXPECT_TRUE(absl::IsDataLoss(Decompress(bytes.substr(0, bytes.size() - 3), 1 << 20).status()));
  EXPECT_TRUE(absl::IsDataLoss(Decompress("no frame", 1 << 20).status()));
}

TEST(CompressionTest, RefusesMoreThanItMayHold) {
  const std::string bomb = Compressed(std::string(1 << 20, 'x'));
  EXPECT_TRUE(absl::IsResourceExhausted(Decompress(bomb, 1000).status()));
}

std::string StreamedOut(std::string_view bytes, absl::Status* problem = nullptr) {
  StreamDecompressor stream(bytes);
  std::string content;
  for (;;) {
    const absl::StatusOr<std::string_view> piece = stream.Next();
    if (!piece.ok() && problem != nullptr) *problem = piece.status();
    if (!piece.ok() || piece->empty()) return content;
    content += *piece;
  }
}

TEST(StreamDecompressorTest, GivesTheContentOfAllFramesPieceByPiece) {
  std::string content;
  for (int64_t i = 0; content.size() < 3'000'000; ++i) content += std::to_string(i * 7919);
  EXPECT_EQ(StreamedOut(*Compress(content, kFast) + *Compress("tail")), content + "tail");
  EXPECT_EQ(StreamedOut(*Compress("")), "");
}

TEST(StreamDecompressorTest, DamageAndAMissingEndAreTold) {
  const std::string bytes = *Compress(std::string(100000, 'x') + "y");
  absl::Status cut;
  StreamedOut(std::string_view(bytes).substr(0, bytes.size() - 3), &cut);
  EXPECT_TRUE(absl::IsDataLoss(cut)) << cut;
  std::string damaged = bytes;
  damaged[bytes.size() / 2] ^= 1;
  absl::Status problem;
  StreamedOut(damaged, &problem);
  EXPECT_TRUE(absl::IsDataLoss(problem)) << problem;
}

}  // namespace
}  // namespace powerdown
