#include "server/runner/reports/growing_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/server/runner/reports/reports_as_text.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class GrowingFileTest : public testing::Test {
 protected:
  // The new bytes, with a "|" in front where the file begins anew.
  std::string Read(size_t most = 1000) {
    const absl::StatusOr<FileGrowth> growth = file_.Read(most);
    if (!growth.ok()) return std::string(growth.status().message());
    return Concat(growth->has_restarted ? "|" : "", growth->bytes, growth->has_more ? "…" : "");
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/log";
  GrowingFile file_{path_};
};

TEST_F(GrowingFileTest, WhatIsNewIsReadOnce) {
  EXPECT_EQ(Read(), "");  // not there yet
  Append(path_, "one");
  EXPECT_EQ(Read(), "one");
  EXPECT_EQ(Read(), "");
  Append(path_, "two three");
  EXPECT_EQ(Read(3), "two…");
  EXPECT_EQ(Read(), " three");
}

TEST_F(GrowingFileTest, AFileThatIsCutBeginsAnew) {
  Append(path_, "one two");
  EXPECT_EQ(Read(), "one two");
  Overwrite(path_, "three");
  EXPECT_EQ(Read(), "|three");
}

TEST_F(GrowingFileTest, AFileThatWasWrittenAnewAndIsLongerBeginsAnew) {
  Append(path_, "one two");
  EXPECT_EQ(Read(), "one two");
  Overwrite(path_, "one three four");  // the first bytes are the same
  EXPECT_EQ(Read(), "|one three four");
}

TEST_F(GrowingFileTest, AFileThatIsReplacedIsReadToItsEndFirst) {
  Append(path_, "one");
  EXPECT_EQ(Read(), "one");
  Append(path_, " two");
  fs::rename(path_, path_ + ".1");
  EXPECT_EQ(Read(), " two");
  EXPECT_EQ(Read(), "");
  Append(path_, "three");
  EXPECT_EQ(Read(), "|three");
}

TEST_F(GrowingFileTest, WhatIsThereCanBePassedOver) {
  Append(path_, "header\nold");
  EXPECT_EQ(*file_.SkipToEnd(6), "header");
  EXPECT_EQ(Read(), "");
  Append(path_, "new");
  EXPECT_EQ(Read(), "new");
  Overwrite(path_, "header\n");
  EXPECT_EQ(Read(), "|header\n");
  GrowingFile none(folder_.path() + "/none");
  EXPECT_EQ(*none.SkipToEnd(6), "");
}

TEST_F(GrowingFileTest, WhatIsNoFileIsRefusedWithoutWaiting) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_THAT(Read(), HasSubstr(path_ + ": is no regular file"));
  fs::remove(path_);
  fs::create_directory(path_);
  EXPECT_THAT(Read(), HasSubstr("is no regular file"));
}

}  // namespace
}  // namespace powerdown
