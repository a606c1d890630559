#include "common/run/checkpoint_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/sha256.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

CheckpointContent SomeContent() {
  CheckpointContent content;
  content.spec.modulus = 97;
  content.step = 725;
  content.label = CheckpointLabel::kStop;
  content.kind = CheckpointKind::kFull;
  content.extra_json = R"({"order":[1,2]})";
  content.tensors = {
      {"model.embedding", "f32", {2, 1}, std::string("\x00\x01\x02\x03\xff\xfe\n\"", 8)},
      {"optimizer.step", "i64", {}, std::string(8, '\7')},
      {"model.empty", "f64", {0, 5}, ""},
      {"rng", "u8", {3}, "abc"}};
  return content;
}

// The same file with another header of the same length.
std::string WithReplaced(std::string bytes, const std::string& from, const std::string& to) {
  bytes.replace(bytes.find(from), from.size(), to);
  return bytes;
}

TEST(CheckpointFileTest, ReadsBackWhole) {
  const auto read = DecodeCheckpoint(EncodeCheckpoint(SomeContent()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, SomeContent());
}

TEST(CheckpointFileTest, EqualContentsGiveEqualBytes) {
  EXPECT_EQ(EncodeCheckpoint(SomeContent()), EncodeCheckpoint(SomeContent()));
}

TEST(CheckpointFileTest, AnyFlippedBitIsFound) {
  const std::string good = EncodeCheckpoint(SomeContent());
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 4;
    const auto read = DecodeCheckpoint(bad);
    ASSERT_FALSE(read.ok()) << i;
  }
}

TEST(CheckpointFileTest, AnyCutIsFound) {
  const std::string good = EncodeCheckpoint(SomeContent());
  for (size_t size = 21; size < good.size(); ++size) {
    ASSERT_EQ(DecodeCheckpoint(good.substr(0, size)).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_EQ(DecodeCheckpoint(good + "x").status().code(), absl::StatusCode::kDataLoss);
}

TEST(CheckpointFileTest, TensorsThatDoNotFitTheirShapeAreRefused) {
  for (const size_t bytes : {4, 12}) {
    CheckpointContent content = SomeContent();
    content.tensors.resize(1);
    content.tensors[0].bytes.resize(bytes);  // two floats are eight
    const auto read = DecodeCheckpoint(EncodeCheckpoint(content));
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss) << bytes;
  }
}

TEST(CheckpointFileTest, OtherFilesAreNoCheckpoints) {
  EXPECT_EQ(DecodeCheckpoint("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeCheckpoint("PK\3\4 a torch file").status().message(),
            "is not a PowerDown checkpoint");
}

TEST(CheckpointFileTest, ANewerFormatSaysSo) {
  const std::string newer =
      WithReplaced(EncodeCheckpoint(SomeContent()), R"("version":1)", R"("version":9)");
  const absl::Status status = DecodeCheckpoint(newer).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("version 9, newer than 1"));
}

TEST(CheckpointFileTest, HashIsOfSpecStepAndWeightsAlone) {
  const std::string hash = CheckpointHash(SomeContent());
  EXPECT_EQ(hash.size(), 64u);
  CheckpointContent other = SomeContent();
  other.label = CheckpointLabel::kLast;
  other.kind = CheckpointKind::kWeights;
  other.extra_json.clear();
  other.spec.max_steps = 5;
  other.tensors[1].bytes[0] = 1;  // of the optimiser
  std::swap(other.tensors[0], other.tensors[2]);
  EXPECT_EQ(CheckpointHash(other), hash);
}

TEST(CheckpointFileTest, HashFollowsWeightsStepAndSpec) {
  const std::string hash = CheckpointHash(SomeContent());
  CheckpointContent other = SomeContent();
  other.tensors[0].bytes[3] ^= 1;
  EXPECT_NE(CheckpointHash(other), hash);
  other = SomeContent();
  other.step = 726;
  EXPECT_NE(CheckpointHash(other), hash);
  other = SomeContent();
  other.spec.seed = 1;
  EXPECT_NE(CheckpointHash(other), hash);
}

TEST(Sha256Test, MatchesThePublishedVector) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace powerdown
