#include "tests/support/simulation/simulated_disk.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace powerdown {
namespace {

using ::testing::HasSubstr;

class SimulatedDiskTest : public ::testing::Test {
 protected:
  void Open() {
    database_ = std::make_unique<SQLite::Database>(
        "file.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, /*aBusyTimeoutMs=*/100);
    database_->exec("PRAGMA journal_mode = WAL");
    database_->exec("PRAGMA synchronous = FULL");
    database_->exec("CREATE TABLE IF NOT EXISTS t (x INTEGER)");
  }
  // Why the statement failed; empty: it did not.
  std::string Insert(int from, int to) {
    try {
      database_->exec("WITH RECURSIVE n(x) AS (SELECT " + std::to_string(from) +
                      " UNION ALL SELECT x + 1 FROM n WHERE x < " + std::to_string(to) +
                      ") INSERT INTO t SELECT x FROM n");
    } catch (const SQLite::Exception& error) {
      return error.what();
    }
    return "";
  }
  int Rows() { return database_->execAndGet("SELECT count(*) FROM t").getInt(); }
  std::string Check() { return database_->execAndGet("PRAGMA integrity_check").getString(); }
  void Crash(bool is_power_cut) {
    disk_.StopNow();
    database_.reset();
    disk_.StartAgain(is_power_cut);
    Open();
  }

  absl::Duration waited_;
  SimulatedDisk disk_{1, [this](absl::Duration time) { waited_ += time; }};
  std::unique_ptr<SQLite::Database> database_;
};

TEST_F(SimulatedDiskTest, WhatWasCommittedOutlivesAPowerCut) {
  Open();
  EXPECT_EQ(Insert(1, 1000), "");
  Crash(/*is_power_cut=*/true);
  EXPECT_EQ(Rows(), 1000);
  EXPECT_EQ(Check(), "ok");
}

TEST_F(SimulatedDiskTest, ACommitThatIsCutOffIsThereWholeOrNotAtAll) {
  int whole = 0;
  for (int operations = 0; operations < 40; ++operations) {
    Open();
    database_->exec("DELETE FROM t");
    disk_.StopAfter(operations);
    const bool is_done = Insert(1, 2000).empty();
    Crash(/*is_power_cut=*/true);
    const int rows = Rows();
    EXPECT_TRUE(rows == 2000 || (rows == 0 && !is_done)) << rows << " after " << operations;
    EXPECT_EQ(Check(), "ok");
    whole += rows == 2000 ? 1 : 0;
    database_.reset();
  }
  EXPECT_GT(whole, 0);
  EXPECT_LT(whole, 40);
}

TEST_F(SimulatedDiskTest, ADiskThatLiesLosesCommits) {
  Open();
  EXPECT_EQ(Insert(1, 10), "");
  disk_.faults.is_lying = true;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Insert(1, 1), "");
  disk_.StopNow();
  database_.reset();
  disk_.StartAgain(/*after_power_cut=*/true);
  Open();
  EXPECT_LT(Rows(), 30);
}

TEST_F(SimulatedDiskTest, AKilledProcessLosesNothing) {
  Open();
  disk_.faults.is_lying = true;
  EXPECT_EQ(Insert(1, 10), "");
  Crash(/*is_power_cut=*/false);
  EXPECT_EQ(Rows(), 10);
}

TEST_F(SimulatedDiskTest, IsFullLockedOrFailsWhenTold) {
  Open();
  disk_.faults.is_full = true;
  EXPECT_THAT(Insert(1, 5000), HasSubstr("full"));
  disk_.faults = {.is_locked = true};
  EXPECT_THAT(Insert(1, 1), HasSubstr("locked"));
  EXPECT_GE(waited_, absl::Milliseconds(90));  // SQLite's own wait for a lock
  disk_.faults = {.failed_syncs = 1};
  EXPECT_THAT(Insert(1, 1), HasSubstr("I/O error"));
  disk_.faults = {.failed_writes = 1};
  EXPECT_THAT(Insert(1, 1), HasSubstr("I/O error"));
  waited_ = absl::ZeroDuration();
  disk_.faults = {.sync_time = absl::Seconds(1)};
  EXPECT_EQ(Insert(1, 1), "");
  EXPECT_GE(waited_, absl::Seconds(1));
}

}  // namespace
}  // namespace powerdown
