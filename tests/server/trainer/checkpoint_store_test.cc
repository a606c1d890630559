#include "server/trainer/checkpoint_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/server/trainer/tiny_run.h"
#include "tests/support/size_limit.h"

namespace powerdown {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::Gt;
using testing::HasSubstr;

CheckpointContent Content() {
  CheckpointContent content;
  content.spec = TinySpec();
  content.step = 12;
  content.label = CheckpointLabel::kLast;
  content.kind = CheckpointKind::kWeights;
  content.tensors = {{"model.embedding", "f32", {2}, std::string(8, '\1')}};
  return content;
}

std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(CheckpointStoreTest, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const absl::StatusOr<Checkpoint> written = WriteCheckpoint(folder.path(), Content());
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(written->sha256, CheckpointHash(Content()));
  EXPECT_THAT(FilesIn(folder.path()), ElementsAre(written->file));
  const std::string path = folder.path() + "/" + written->file;
  EXPECT_EQ(std::filesystem::file_size(path), static_cast<uintmax_t>(written->bytes));
  const absl::StatusOr<CheckpointContent> read = ReadCheckpoint(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, Content());
}

TEST(CheckpointStoreTest, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/cut.ckpt";
  const std::string whole = EncodeCheckpoint(Content());
  for (size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    const absl::Status status = ReadCheckpoint(path).status();
    ASSERT_FALSE(status.ok()) << size;
    ASSERT_THAT(std::string(status.message()), HasSubstr(path)) << size;
  }
}

TEST(CheckpointStoreTest, RefusesEveryChangedByte) {
  const std::string whole = EncodeCheckpoint(Content());
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/changed.ckpt";
  for (size_t i = 0; i < whole.size(); i += 5) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << changed;
    ASSERT_FALSE(ReadCheckpoint(path).ok()) << i;
  }
}

TEST(CheckpointStoreTest, NamesAFileThatIsNotThere) {
  const absl::Status status = ReadCheckpoint("/nowhere/1.ckpt").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              EndsWith("/nowhere/1.ckpt: No such file or directory"));
}

TEST(CheckpointStoreTest, NamesAFolderThatItCannotWrite) {
  const absl::Status status = WriteCheckpoint("/nowhere", Content()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot write /nowhere/"));
}

TEST(CheckpointStoreTest, AFullDiskLeavesNoHalfAFile) {
  const TemporaryFolder folder;
  const SizeLimit full(16);
  const absl::Status status = WriteCheckpoint(folder.path(), Content()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(FilesIn(folder.path()), ElementsAre());
}

TEST(CheckpointStoreTest, WeightsAreThoseOfTheParametersInOrder) {
  CheckpointContent content = Content();
  content.tensors.insert(content.tensors.begin(), {"model.bias", "f32", {1}, std::string(4, 0)});
  const absl::StatusOr<std::vector<float>> weights =
      WeightsOf(content, {{"embedding", {2}, 2}, {"bias", {1}, 1}});
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_THAT(*weights, ElementsAre(Gt(0), Gt(0), 0));
}

TEST(CheckpointStoreTest, WeightsOfAnotherShapeAreRefused) {
  const absl::Status status = WeightsOf(Content(), {{"embedding", {7, 8}, 56}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.embedding"));
}

}  // namespace
}  // namespace powerdown
