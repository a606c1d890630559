#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class StoreTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/runs.db";
};

TEST_F(StoreTest, WhatWasStoredIsThereAfterReopening) {
  {
    auto store = OpenOrDie(path_);
    InsertOrDie(*store, ExampleRun("01a"));
    store->group().Append(ExampleReport("01a", 10));
    ASSERT_EQ(*store->group().Commit(), 1);
  }
  auto store = OpenOrDie(path_);
  EXPECT_EQ(store->runs().Get("01a")->name, "a run");
  EXPECT_EQ(store->updates().ReadReports("01a")->at(0).evaluation.step, 10);
  store->group().Append(ExampleReport("01a", 20));
  EXPECT_EQ(*store->group().Commit(), 2);
}

TEST_F(StoreTest, CommitsAreSyncedToAWriteAheadLog) {
  OpenOrDie(path_);
  SQLite::Database database(path_);
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
}

TEST_F(StoreTest, AWriterWaitsForOthersNoLongerThanItsLimit) {
  const auto store = *Store::Open(
      {.path = path_, .busy_timeout = absl::Seconds(60), .longest_turn = absl::Milliseconds(1)});
  SQLite::Database other(path_, SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");  // whoever comes first waits for this, and has the turn
  absl::Status outcomes[2];
  absl::Mutex mutex;
  int ended = 0;
  std::vector<std::thread> writers;
  for (absl::Status& outcome : outcomes) {
    writers.emplace_back([&] {
      const absl::Status put = store->answers().Put({"id", "method", "answer"});
      absl::MutexLock lock(&mutex);
      outcome = put;
      ++ended;
    });
  }
  const auto is_one_refused = [&] {
    mutex.AssertHeld();
    return ended == 1;
  };
  {
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&is_one_refused));
  }
  other.exec("COMMIT");
  for (std::thread& writer : writers) writer.join();
  EXPECT_TRUE(outcomes[0].ok() != outcomes[1].ok());
  const absl::Status& refused = outcomes[0].ok() ? outcomes[1] : outcomes[0];
  EXPECT_TRUE(absl::IsUnavailable(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("nothing was changed"));
  EXPECT_TRUE(store->answers().Put({"later", "method", "answer"}).ok()) << "the turn goes on";
}

TEST_F(StoreTest, ATruncatedFileIsRefused) {
  {
    auto store = OpenOrDie(path_);
    InsertOrDie(*store, ExampleRun("01a"));
  }
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  const auto store = Store::Open({.path = path_});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(path_ + " is damaged"));
}

TEST_F(StoreTest, AFileOfSomethingElseIsRefusedAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(path_) << text;
  const auto store = Store::Open({.path = path_});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(path_));
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), text);
}

TEST_F(StoreTest, AMissingFolderIsNamed) {
  const auto store = Store::Open({.path = folder_.path() + "/missing/runs.db"});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr("/missing/runs.db"));
}

// A process of its own gives up root, which may write everything.
absl::StatusCode OpenAsAnotherUser(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(255);
    _exit(static_cast<int>(Store::Open({.path = path}).status().code()));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return static_cast<absl::StatusCode>(WEXITSTATUS(status));
}

TEST_F(StoreTest, AFileThatMayNotBeWrittenIsRefused) {
  OpenOrDie(path_);
  ASSERT_EQ(chmod(path_.c_str(), 0444), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_EQ(OpenAsAnotherUser(path_), absl::StatusCode::kPermissionDenied);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_EQ(OpenAsAnotherUser(path_), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(OpenAsAnotherUser(folder_.path() + "/new.db"), absl::StatusCode::kPermissionDenied);
  chmod(folder_.path().c_str(), 0755);
}

TEST_F(StoreTest, AFileThatAnotherProcessHoldsIsUnavailable) {
  OpenOrDie(path_);
  SQLite::Database other(path_, SQLite::OPEN_READWRITE);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  const auto store = Store::Open({.path = path_, .busy_timeout = absl::Milliseconds(1)});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(path_ + " is locked"));
}

TEST_F(StoreTest, NoRoomForTheSchemaIsAFullDisk) {
  const auto store = Store::Open({.path = path_, .max_pages = 5});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Store::Open({.path = path_}).ok());
}

TEST_F(StoreTest, StoresInMemoryAreApart) {
  auto one = OpenOrDie();
  auto other = OpenOrDie();
  InsertOrDie(*one, ExampleRun("01a"));
  EXPECT_TRUE(one->runs().Get("01a").ok());
  EXPECT_EQ(other->runs().Get("01a").status().code(), absl::StatusCode::kNotFound);
}

TEST(StoreCopyTest, WhatIsStoredCanBeCopiedAfterItsFileWasDeleted) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/powerdown.db";
  auto store = *Store::Open({.path = path});
  InsertOrDie(*store, ExampleRun("01a"));
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  InsertOrDie(*store, ExampleRun("01b"));
  ASSERT_TRUE(store->CopyTo(path).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(store->CopyTo(path)));
  store.reset();
  store = *Store::Open({.path = path});
  EXPECT_TRUE(*store->runs().Has("01a"));
  EXPECT_TRUE(*store->runs().Has("01b"));
}

}  // namespace
}  // namespace powerdown
