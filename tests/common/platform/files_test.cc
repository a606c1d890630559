#include "common/platform/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/processes.h"
#include "tests/support/size_limit.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) {
  return std::string(status.message());
}

class FilesTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat status = {};
    stat(path.c_str(), &status);
    return status.st_mode & 0777;
  }

  TemporaryFolder folder_;
};

TEST_F(FilesTest, ReadsWhatWasWritten) {
  const std::string zero("x\0y", 3);
  ASSERT_TRUE(WriteFile(Path("a"), zero).ok());
  EXPECT_EQ(*ReadFile(Path("a")), zero);
  ASSERT_TRUE(WriteFile(Path("a"), "longer than before").ok());
  EXPECT_EQ(*ReadFile(Path("a")), "longer than before");
  ASSERT_TRUE(WriteFile(Path("a"), "").ok());
  EXPECT_EQ(*ReadFile(Path("a")), "");
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(FilesTest, NamesWhatIsMissing) {
  const absl::Status read = ReadFile("/no/such/file").status();
  EXPECT_TRUE(absl::IsNotFound(read));
  EXPECT_EQ(MessageOf(read), "cannot read /no/such/file: No such file or directory");
  const absl::Status written = WriteFile("/no/such/folder/file", "x");
  EXPECT_TRUE(absl::IsUnavailable(written));
  EXPECT_EQ(MessageOf(written), "cannot write /no/such/folder/file: No such file or directory");
  EXPECT_TRUE(absl::IsNotFound(ReadFileEnd("/no/such/file", 10).status()));
}

TEST_F(FilesTest, AFolderIsNoFile) {
  EXPECT_TRUE(absl::IsNotFound(ReadFile(folder_.path()).status()));
  EXPECT_FALSE(WriteFile(folder_.path(), "x").ok());
}

TEST_F(FilesTest, AFileThatCannotBeReadIsNamed) {
  const absl::Status status = ReadFile("/proc/self/mem").status();  // opens, then does not read
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(MessageOf(status), HasSubstr("cannot read /proc/self/mem: "));
}

TEST_F(FilesTest, PermissionsAreSaid) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  ASSERT_TRUE(WriteFile(Path("a"), "x", {.mode = 0}).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(ReadFile(Path("a")).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(WriteFile("/proc/x", "x")));
}

TEST_F(FilesTest, RefusesWhatIsLargerThanTheBound) {
  ASSERT_TRUE(WriteFile(Path("a"), std::string(100000, 'x')).ok());
  EXPECT_EQ(ReadFile(Path("a"), 100000)->size(), 100000u);
  const absl::Status status = ReadFile(Path("a"), 99999).status();
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(MessageOf(status), HasSubstr("it is larger than 99999 bytes"));
  EXPECT_TRUE(absl::IsResourceExhausted(ReadFile("/dev/zero", 1 << 20).status()));
}

TEST_F(FilesTest, ReadsFilesThatDoNotTellTheirSize) {
  EXPECT_THAT(*ReadFile("/proc/self/status"), HasSubstr("Pid:"));
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(Path("pipe")) << std::string(200000, 'x'); });
  EXPECT_EQ(ReadFile(Path("pipe"))->size(), 200000u);
  writer.join();
}

TEST_F(FilesTest, ReadsTheEnd) {
  ASSERT_TRUE(WriteFile(Path("a"), "0123456789").ok());
  EXPECT_EQ(ReadFileEnd(Path("a"), 4)->text, "6789");
  EXPECT_TRUE(ReadFileEnd(Path("a"), 4)->is_cut);
  EXPECT_EQ(ReadFileEnd(Path("a"), 10)->text, "0123456789");
  EXPECT_FALSE(ReadFileEnd(Path("a"), 10)->is_cut);
  EXPECT_EQ(ReadFileEnd(Path("a"), 11)->text, "0123456789");
}

TEST_F(FilesTest, ReadersOfAReplacedFileSeeTheOldContent) {
  ASSERT_TRUE(WriteFile(Path("a"), "old").ok());
  std::ifstream before(Path("a"));
  ASSERT_TRUE(WriteFile(Path("a"), "new").ok());
  std::string text;
  before >> text;
  EXPECT_EQ(text, "old");
}

TEST_F(FilesTest, AFullDiskLeavesTheOldContentAndNoOtherFile) {
  ASSERT_TRUE(WriteFile(Path("a"), "old").ok());
  absl::Status status;
  {
    const SizeLimit limit(1000);
    status = WriteFile(Path("a"), std::string(2000, 'x'));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(*ReadFile(Path("a")), "old");
  EXPECT_THAT(Names(), ElementsAre("a"));
  const absl::Status full = WriteFile("/dev/full", "x");
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_EQ(MessageOf(full), "cannot write /dev/full: No space left on device; free some space");
}

TEST_F(FilesTest, KeepsTheModeOfWhatItReplaces) {
  ASSERT_TRUE(WriteFile(Path("a"), "x").ok());
  chmod(Path("a").c_str(), 0640);
  ASSERT_TRUE(WriteFile(Path("a"), "y").ok());
  EXPECT_EQ(ModeOf(Path("a")), 0640u);
}

TEST_F(FilesTest, WritesSecretsForTheirOwnerAloneAtOnce) {
  ASSERT_TRUE(WriteFile(Path("a"), "x").ok());
  ASSERT_TRUE(WriteFile(Path("a"), "y", {.mode = kOwnerOnly, .is_synced = true}).ok());
  EXPECT_EQ(ModeOf(Path("a")), 0600u);
  EXPECT_EQ(*ReadFile(Path("a")), "y");
}

TEST_F(FilesTest, WritersOfOneFileDoNotMix) {
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([this, letter] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(WriteFile(Path("file"), std::string(10000, letter)).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string content = *ReadFile(Path("file"));
  EXPECT_EQ(content, std::string(10000, content.at(0)));
  EXPECT_THAT(Names(), ElementsAre("file"));
}

TEST_F(FilesTest, WhatIsNoRegularFileIsWrittenTo) {
  EXPECT_TRUE(WriteFile("/dev/null", "x").ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(FilesTest, ListsTheFilesOfAKindInOrder) {
  for (const char* name : {"b.toml", "a.toml", "c.json"}) {
    ASSERT_TRUE(WriteFile(Path(name), "x").ok());
  }
  EXPECT_THAT(ListFiles(folder_.path(), ".toml"), ElementsAre(Path("a.toml"), Path("b.toml")));
  EXPECT_THAT(ListFiles("/no/such/folder", ".toml"), ElementsAre());
}

TEST_F(FilesTest, MakesFoldersForTheirOwner) {
  ASSERT_TRUE(MakePrivateFolder(Path("a/b/c")).ok());
  EXPECT_EQ(ModeOf(Path("a/b/c")), 0700u);
  EXPECT_TRUE(MakePrivateFolder(Path("a/b/c")).ok());
  ASSERT_TRUE(WriteFile(Path("file"), "x").ok());
  EXPECT_FALSE(MakePrivateFolder(Path("file")).ok());
  const absl::Status status = MakePrivateFolder(Path("file/below"));
  EXPECT_THAT(MessageOf(status), HasSubstr("cannot make the folder " + Path("file/below")));
}

}  // namespace
}  // namespace powerdown
