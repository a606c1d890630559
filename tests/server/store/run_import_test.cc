#include "server/store/run_import.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/server/store/many_reports.h"
#include "tests/support/processes.h"

namespace powerdown {
namespace {

constexpr int64_t kReports = 4 * static_cast<int64_t>(kRowsAPiece);

RunBundle ExampleBundle(const std::string& run_id, int64_t reports) {
  RunBundle bundle;
  bundle.run = ExampleRun(run_id);
  bundle.run.origin = "imported";
  bundle.run.state = RunState::kFinished;
  for (int64_t step = 0; step < reports; ++step) {
    bundle.updates.push_back(ExampleReport(run_id, step));
  }
  bundle.ledger = {ExampleInterval(AttemptConsumer(run_id, 1), 1, 5)};
  return bundle;
}

class RunImportTest : public ::testing::Test {
 protected:
  void Open(int64_t max_pages = 0) { store_ = OpenOrDie(path_, max_pages); }
  RunTable& runs() { return store_->runs(); }
  size_t UpdatesOf(const std::string& run_id) {
    return store_->updates().Read(run_id, 0, -1)->size();
  }
  bool HasLedger(const std::string& run_id) {
    return !store_->ledger().Read(RunConsumerPrefix(run_id))->empty();
  }
  // As an import that its daemon did not bring to its end.
  void LeaveTorn(const std::string& run_id) {
    ASSERT_TRUE(ImportOf(*store_, {ExampleBundle(run_id, kReports)}, "").ok());
    SQLite::Database database(path_, SQLite::OPEN_READWRITE);
    database.exec("UPDATE runs SET origin = 'importing' WHERE run_id = '" + run_id + "'");
  }
  void DeleteAllGone() {
    absl::StatusOr<bool> has_more = true;
    while (has_more.ok() && *has_more) has_more = runs().DeleteSomeGone();
    EXPECT_TRUE(has_more.ok()) << has_more.status();
  }

  TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/powerdown.db";
  std::unique_ptr<Store> store_;
};

// Issue 17: an import was one transaction, and what the daemon records waited for its end.
TEST_F(RunImportTest, OthersCommitBetweenThePiecesOfAnImport) {
  Open();
  InsertOrDie(*store_, ExampleRun("01a"));
  std::atomic<bool> is_done = false;
  std::thread import([&] {
    EXPECT_TRUE(ImportOf(*store_, {ExampleBundle("01b", kReports)}, "").ok());
    is_done = true;
  });
  std::vector<int64_t> others;  // revisions
  while (!is_done) {
    store_->group().Append(ExampleEvent("01a", "state"));
    others.push_back(*store_->group().Commit());
  }
  import.join();
  const auto imported = *store_->updates().Read("01b", 0, -1);
  ASSERT_EQ(imported.size(), static_cast<size_t>(kReports));
  const int64_t first = RevisionOf(imported.front()), last = RevisionOf(imported.back());
  EXPECT_TRUE(std::any_of(others.begin(), others.end(),
                          [&](int64_t other) { return first < other && other < last; }));
  EXPECT_EQ(runs().Get("01b")->origin, "imported");
  EXPECT_TRUE(HasLedger("01b"));
  EXPECT_EQ(store_->summaries().ListDue(10)->size(), 1u);  // once all of it is there
}

TEST_F(RunImportTest, NobodyIsShownARunBeforeItIsWhole) {
  Open();
  LeaveTorn("01b");
  EXPECT_TRUE(absl::IsNotFound(runs().Get("01b").status()));
  EXPECT_TRUE(absl::IsNotFound(runs().ResolveId("01b").status()));
  EXPECT_TRUE(runs().List({.has_all_origins = true})->empty());
  EXPECT_TRUE(store_->summaries().List({.has_all_origins = true})->empty());
  EXPECT_TRUE(absl::IsNotFound(runs().Delete("01b")));
  DeleteAllGone();  // it may still come to its end
  EXPECT_EQ(UpdatesOf("01b"), static_cast<size_t>(kReports));
}

TEST_F(RunImportTest, WhatDidNotComeToItsEndGoesAfterTheNextStart) {
  Open();
  LeaveTorn("01b");
  ASSERT_TRUE(ImportOf(*store_, {ExampleBundle("01c", 10)}, "").ok());
  ASSERT_TRUE(runs().DisownIncoming().ok());
  EXPECT_TRUE(*runs().DeleteSomeGone());
  EXPECT_EQ(UpdatesOf("01b"), static_cast<size_t>(kReports) - kRowsAPiece);
  DeleteAllGone();
  EXPECT_FALSE(*runs().Has("01b"));
  EXPECT_EQ(UpdatesOf("01b"), 0u);
  EXPECT_FALSE(HasLedger("01b"));
  EXPECT_EQ(runs().Get("01c")->origin, "imported");
  EXPECT_TRUE(HasLedger("01c"));
}

TEST_F(RunImportTest, AnIdThatIsTakenLeavesNothingOfTheOthers) {
  Open();
  InsertOrDie(*store_, ExampleRun("01z"));
  const absl::Status taken =
      ImportOf(*store_, {ExampleBundle("01a", kReports), ExampleBundle("01z", 10)}, "request");
  EXPECT_TRUE(absl::IsAlreadyExists(taken)) << taken;
  EXPECT_TRUE(absl::IsNotFound(runs().Get("01a").status()));
  DeleteAllGone();
  EXPECT_FALSE(*runs().Has("01a"));
  EXPECT_FALSE(HasLedger("01a"));
  EXPECT_EQ(runs().Get("01z")->owner, "ada");
}

TEST_F(RunImportTest, AFullDiskLeavesNothing) {
  Open(400);
  const absl::Status full =
      ImportOf(*store_, {ExampleBundle("01a", 10), ExampleBundle("01b", kReports)}, "request");
  EXPECT_TRUE(absl::IsResourceExhausted(full)) << full;
  DeleteAllGone();
  EXPECT_FALSE(*runs().Has("01a"));
  EXPECT_FALSE(*runs().Has("01b"));
  EXPECT_FALSE(store_->answers().Find("request", kImportRuns)->has_value());
}

// Its 10,000,000 reports would hold up everybody for minutes.
TEST_F(RunImportTest, ALongRunIsDeletedInPiecesAndGoneAtOnce) {
  Open();
  ASSERT_TRUE(ImportOf(*store_, {ExampleBundle("01a", kReports)}, "").ok());
  ASSERT_TRUE(runs().Delete("01a", "request").ok());
  EXPECT_TRUE(absl::IsNotFound(runs().Get("01a").status()));
  EXPECT_TRUE(absl::IsNotFound(runs().Delete("01a")));
  EXPECT_EQ(*store_->answers().Find("request", kDeleteRun), "01a");
  EXPECT_EQ(UpdatesOf("01a"), static_cast<size_t>(kReports));
  DeleteAllGone();
  EXPECT_EQ(UpdatesOf("01a"), 0u);
  EXPECT_FALSE(*runs().Has("01a"));
  EXPECT_TRUE(HasLedger("01a"));
}

}  // namespace
}  // namespace powerdown
