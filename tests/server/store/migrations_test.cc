#include "server/store/migrations.h"

#include <SQLiteCpp/Column.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/base/text.h"
#include "server/store/store.h"
#include "tests/server/store/example_rows.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kWritable = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

int Version(SQLite::Database& database) {
  return database.execAndGet("PRAGMA user_version").getInt();
}

std::vector<Migration> WithNext(const char* sql) {
  std::vector<Migration> migrations = Migrations();
  migrations.push_back({migrations.back().number + 1, "next", sql});
  return migrations;
}

TEST(MigrationsTest, AreNumberedInAscendingOrder) {
  ASSERT_FALSE(Migrations().empty());
  int before = 0;
  for (const Migration& migration : Migrations()) {
    EXPECT_GT(migration.number, before) << migration.name;
    before = migration.number;
    EXPECT_THAT(migration.sql, HasSubstr(";"));
  }
}

TEST(MigrationsTest, TheEmbeddedSqlIsWhole) {
  SQLite::Database database(":memory:", kWritable);
  Migrate(database, Migrations());
  EXPECT_EQ(Version(database), Migrations().back().number);
  EXPECT_TRUE(database.tableExists("answers"));  // the last one of the first file
}

std::vector<Migration> UpTo(int number) {
  std::vector<Migration> migrations = Migrations();
  std::erase_if(migrations, [&](const Migration& one) { return one.number > number; });
  return migrations;
}

TEST(MigrationsTest, RunsOfAnOlderDaemonGetShortIdsInTheirOrder) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  {
    SQLite::Database database(path, kWritable);
    Migrate(database, UpTo(8));
    for (const char* row : {"'01c', '', 30", "'01a', '', 10", "'01r', 'recorded', 5",
                            "'01b', 'imported', 20", "'01s', 'recorded', 6"}) {
      database.exec(
          Concat("INSERT INTO runs (run_id, origin, created_unix_us, name, owner, state, "
                 "state_reason, spec_json, family, spec_hash, auto_stop, device, hardware, steps, "
                 "max_steps, comparison_id) VALUES (",
                 row, ", '', '', 'finished', '', '{}', '', '', 'on', '', '', 1, 1, '')"));
    }
  }
  const auto store = OpenOrDie(path);
  const auto short_id = [&](const char* run_id) { return store->runs().Get(run_id)->short_id; };
  EXPECT_EQ(short_id("01a") + short_id("01b") + short_id("01c"), "123");
  EXPECT_EQ(short_id("01r") + short_id("01s"), "r1r2");
  InsertOrDie(*store, ExampleRun("01d"));
  EXPECT_EQ(short_id("01d"), "4");
}

TEST(MigrationsTest, AFailedMigrationLeavesTheOldVersionWhole) {
  SQLite::Database database(":memory:", kWritable);
  Migrate(database, Migrations());
  EXPECT_THROW(Migrate(database, WithNext("CREATE TABLE half (x); CREATE TABLE runs (x);")),
               SQLite::Exception);
  EXPECT_EQ(Version(database), Migrations().back().number);
  EXPECT_FALSE(database.tableExists("half"));
  Migrate(database, WithNext("CREATE TABLE half (x);"));
  EXPECT_EQ(Version(database), Migrations().back().number + 1);
}

void KillThisProcess(sqlite3_context*, int, sqlite3_value**) {
  raise(SIGKILL);
}

TEST(MigrationsTest, AKillInMidMigrationLeavesTheOldVersionWhole) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  InsertOrDie(*OpenOrDie(path), ExampleRun("01a"));
  const pid_t child = fork();
  if (child == 0) {
    SQLite::Database database(path, kWritable);
    database.createFunction("die", 0, false, nullptr, KillThisProcess, nullptr, nullptr, nullptr);
    Migrate(database, WithNext("CREATE TABLE half (x); DELETE FROM runs; SELECT die();"));
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(OpenOrDie(path)->runs().Get("01a").ok());
  SQLite::Database database(path);
  EXPECT_EQ(Version(database), Migrations().back().number);
  EXPECT_FALSE(database.tableExists("half"));
}

TEST(MigrationsTest, ANewerFileIsRefusedAndLeftAlone) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  OpenOrDie(path);
  SQLite::Database(path, kWritable).exec("PRAGMA user_version = 1000");
  const auto store = Store::Open({.path = path});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store.status().message(),
            path + " was written by a newer PowerDown (schema 1000; this version knows up to " +
                std::to_string(Migrations().back().number) +
                "); update powerdownd, or choose another folder with --state-dir");
  SQLite::Database database(path);
  EXPECT_EQ(Version(database), 1000);
}

TEST(MigrationsTest, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/places.db";
  SQLite::Database(path, kWritable).exec("CREATE TABLE bookmarks (x)");
  const auto store = Store::Open({.path = path});
  EXPECT_EQ(store.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(store.status().message()), HasSubstr(path + " belongs to another"));
  SQLite::Database database(path);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt(), 1);
}

TEST(MigrationsTest, AFileOfSchema1KeepsItsRows) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  std::filesystem::copy_file(std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/v1.db", path);
  auto store = OpenOrDie(path);
  const auto run = store->runs().Get("01hv1recorded");
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->spec, RunSpec{});
  EXPECT_THAT(run->tags, ElementsAre("first", "kept"));
  EXPECT_EQ(run->grok_step, 725);
  EXPECT_EQ(store->updates().ReadReports("01hv1recorded")->size(), 3u);
  EXPECT_EQ(store->updates().ReadEvents("01hv1recorded", "grokked")->size(), 1u);
  EXPECT_EQ(store->ledger().Read("run/01hv1recorded/")->at(0).joules, Joules(12.5));
  EXPECT_EQ(store->comparisons().Get("01hv1compared")->schedule_max_steps, 1450);
  EXPECT_EQ(*store->updates().NewestRevision(), 4);
}

TEST(MigrationsTest, AnswersThatOlderDaemonsGaveAreRepeated) {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/runs.db";
  std::filesystem::copy_file(std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/v1.db", path);
  SQLite::Database(path, kWritable)
      .exec("INSERT INTO answers VALUES ('a', 'submit', '01a'), ('a', 'stop', '01b')");
  auto store = OpenOrDie(path);
  EXPECT_EQ(*store->answers().Find("a", "submit"), "01a");
  EXPECT_EQ(*store->answers().Find("a", "stop"), "01b");
}

TEST(MigrationsTest, WhatARunWasAskedIsReadFromTheReasonThatOlderDaemonsWrote) {
  struct Case {
    const char* state;
    const char* reason;
    EndReason asked;
  };
  for (const Case& each :
       {Case{"running", "asked to pause", EndReason::kPause},
        Case{"running", "asked to stop", EndReason::kStop},
        Case{"running", "asked to cancel", EndReason::kCancel},
        Case{"running", "asked to shut down", EndReason::kNone},
        Case{"running", "", EndReason::kNone}, Case{"paused", "asked to stop", EndReason::kNone}}) {
    TemporaryFolder folder;
    const std::string path = folder.path() + "/runs.db";
    std::filesystem::copy_file(std::string(POWERDOWN_SOURCE_DIR) + "/tests/data/v1.db", path);
    {
      SQLite::Database database(path, kWritable);
      SQLite::Statement change(database, "UPDATE runs SET state = ?, state_reason = ?");
      change.bind(1, each.state);
      change.bind(2, each.reason);
      change.exec();
    }
    auto store = OpenOrDie(path);
    EXPECT_EQ(store->runs().Get("01hv1recorded")->asked_to_end, each.asked) << each.reason;
  }
}

}  // namespace
}  // namespace powerdown
