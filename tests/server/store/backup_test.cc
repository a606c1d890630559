#include "server/store/backup.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BackupTest : public ::testing::Test {
 protected:
  absl::StatusOr<Backup> Create(const std::string& name) {
    return CreateBackup(database_, backups_, name);
  }
  std::vector<std::string> RunIds() {
    std::vector<std::string> ids;
    const auto store = OpenOrDie(database_);
    const auto runs = store->runs().List({});
    for (const powerdown::Run& run : *runs) ids.push_back(run.run_id);
    return ids;
  }

  TemporaryFolder folder_;
  const std::string database_ = DatabasePath(folder_.path());
  const std::string backups_ = BackupFolder(folder_.path());
};

TEST_F(BackupTest, HoldsWhatWasCommittedWhileTheDatabaseIsInUse) {
  auto store = OpenOrDie(database_);
  InsertOrDie(*store, ExampleRun("01a"));
  const auto backup = Create("one.db");
  ASSERT_TRUE(backup.ok()) << backup.status();
  EXPECT_EQ(backup->runs, 1);
  EXPECT_EQ(backup->bytes, static_cast<int64_t>(std::filesystem::file_size(backup->path)));
  EXPECT_TRUE(absl::IsAlreadyExists(Create("one.db").status()));
}

TEST_F(BackupTest, RestoredBackupTakesThePlaceOfTheDatabaseWhichIsKept) {
  {
    auto store = OpenOrDie(database_);
    InsertOrDie(*store, ExampleRun("01a"));
    ASSERT_TRUE(Create("one.db").ok());
    InsertOrDie(*store, ExampleRun("01b"));
    ASSERT_TRUE(StageRestore(database_, backups_, "one.db").ok());
  }
  EXPECT_TRUE(*TakeRestored(database_));
  EXPECT_THAT(RunIds(), ElementsAre("01a"));
  EXPECT_FALSE(*TakeRestored(database_));
  std::filesystem::rename(database_ + ".before-restore", database_);
  EXPECT_THAT(RunIds(), ElementsAre("01b", "01a"));
}

TEST_F(BackupTest, ARestoreThatACrashInterruptedIsFinished) {
  {
    auto store = OpenOrDie(database_);
    InsertOrDie(*store, ExampleRun("01a"));
    ASSERT_TRUE(Create("one.db").ok());
    ASSERT_TRUE(StageRestore(database_, backups_, "one.db").ok());
  }
  std::filesystem::rename(database_, database_ + ".before-restore");
  EXPECT_TRUE(*TakeRestored(database_));
  EXPECT_THAT(RunIds(), ElementsAre("01a"));
}

TEST_F(BackupTest, OnlyWholeBackupsOfTheFolderAreRestored) {
  { OpenOrDie(database_); }
  ASSERT_TRUE(Create("one.db").ok());
  const absl::Status elsewhere = StageRestore(database_, backups_, "../powerdown.db").status();
  EXPECT_TRUE(absl::IsNotFound(elsewhere));
  EXPECT_THAT(std::string(elsewhere.message()), HasSubstr("existing backups: one.db"));
  std::ofstream(backups_ + "/broken.db") << "SQLite format 3";
  EXPECT_FALSE(StageRestore(database_, backups_, "broken.db").ok());
  EXPECT_FALSE(*TakeRestored(database_));
}

TEST_F(BackupTest, DamageIsFound) {
  {
    auto store = OpenOrDie(database_);
    for (int i = 0; i < 200; ++i) InsertOrDie(*store, ExampleRun("01" + std::to_string(1000 + i)));
  }
  EXPECT_TRUE(CheckIntegrity(database_).ok());
  std::fstream file(database_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(database_) - 8192));
  file << std::string(8192, 'x');
  file.close();
  EXPECT_TRUE(absl::IsDataLoss(CheckIntegrity(database_)));
}

}  // namespace
}  // namespace powerdown
