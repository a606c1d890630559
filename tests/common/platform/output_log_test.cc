#include "common/platform/output_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/processes.h"

namespace powerdown {
namespace {

std::string Read(const std::string& folder, int64_t offset, size_t most = 1000) {
  const absl::StatusOr<OutputPart> part = ReadOutput(folder, offset, most);
  EXPECT_TRUE(part.ok()) << part.status();
  return part.ok() ? part->text : "";
}

TEST(OutputLogTest, IsReadFromAnyByteOn) {
  TemporaryFolder folder;
  EXPECT_EQ(Read(folder.path(), 0), "");
  OutputLog log(folder.path(), 4);
  ASSERT_TRUE(log.Append("abcdef").ok());  // in two pieces
  ASSERT_TRUE(log.Append("gh").ok());
  EXPECT_EQ(Read(folder.path(), 0), "abcdefgh");
  EXPECT_EQ(Read(folder.path(), 3), "defgh");
  EXPECT_EQ(Read(folder.path(), 3, 2), "de");
  EXPECT_EQ(Read(folder.path(), -2), "gh");
  EXPECT_EQ(Read(folder.path(), 8), "");
  EXPECT_EQ(ReadOutput(folder.path(), 100, 10)->offset, 8);
}

TEST(OutputLogTest, KeepsTheNewestPiecesAndNoMore) {
  TemporaryFolder folder;
  OutputLog log(folder.path(), 10);
  std::string all;
  for (int i = 0; i < 97; ++i) {
    const std::string text = std::to_string(i) + ",";
    all += text;
    ASSERT_TRUE(log.Append(text).ok());
    int64_t bytes = 0;
    for (const auto& piece : std::filesystem::directory_iterator(folder.path())) {
      bytes += static_cast<int64_t>(piece.file_size());
    }
    ASSERT_LE(bytes, 10 * static_cast<int64_t>(kOutputPieces));
  }
  const absl::StatusOr<OutputPart> kept = ReadOutput(folder.path(), 0, 1000);
  EXPECT_GT(kept->offset, 0);
  EXPECT_EQ(kept->text, all.substr(static_cast<size_t>(kept->offset)));
  EXPECT_EQ(log.written(), static_cast<int64_t>(all.size()));
}

// The folder is another account's: it could name any file of the box.
TEST(OutputLogTest, ReadsNeitherLinksNorDevices) {
  TemporaryFolder folder;
  TemporaryFolder elsewhere;
  std::ofstream(elsewhere.path() + "/secret") << "secret";
  const std::string piece = folder.path() + "/output.0.log";
  ASSERT_EQ(symlink((elsewhere.path() + "/secret").c_str(), piece.c_str()), 0);
  EXPECT_EQ(Read(folder.path(), 0), "");
  std::filesystem::remove(piece);
  ASSERT_EQ(link((elsewhere.path() + "/secret").c_str(), piece.c_str()), 0);
  EXPECT_EQ(Read(folder.path(), 0), "");
  std::filesystem::remove(piece);
  ASSERT_EQ(mkfifo(piece.c_str(), 0600), 0);
  EXPECT_EQ(Read(folder.path(), 0), "");
  std::filesystem::remove(piece);
  ASSERT_EQ(symlink(elsewhere.path().c_str(), (folder.path() + "/output").c_str()), 0);
  EXPECT_FALSE(ReadOutput(folder.path() + "/output", 0, 10).ok());
}

}  // namespace
}  // namespace powerdown
