#include "server/run/recorded_runs.h"

#include <fstream>

#include "common/base/compression.h"
#include "common/base/json.h"
#include "common/base/sha256.h"
#include "common/forecast/held_out.h"
#include "common/platform/files.h"
#include "tests/server/run/run_queue_fixture.h"

namespace powerdown {
namespace {

class RecordedRunsTest : public RunQueueTest {
 protected:
  void Ship(const std::string& run_id) {
    RunBundle bundle;
    bundle.run.run_id = run_id;
    bundle.run.state = RunState::kFinished;
    bundle.run.created_at = clock_.Now().wall;
    Put(run_id, *Compress(FormatBundle(bundle)));
  }
  void Put(const std::string& run_id, const std::string& bytes) {
    std::ofstream(shipped_.path() + "/" + run_id + ".jsonl.zst", std::ios::binary) << bytes;
  }

  TemporaryFolder shipped_;
};

TEST_F(RecordedRunsTest, AreTakenInOneATick) {
  Ship("01a");
  Ship("01b");
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->runs().Has("01a"));
  EXPECT_FALSE(*store_->runs().Has("01b"));
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->runs().Has("01b"));
  EXPECT_FALSE(recorded.has_more());
}

TEST_F(RecordedRunsTest, AFileWhoseRunsAreHereTakesATickOfItsOwn) {
  Ship("01a");
  Ship("01b");
  RecordedRuns first(shipped_.path(), queue_.get(), store_.get());
  while (first.has_more()) EXPECT_TRUE(first.Tick().ok());
  RecordedRuns again(shipped_.path(), queue_.get(), store_.get());
  EXPECT_TRUE(again.Tick().ok());
  EXPECT_TRUE(again.has_more());
  EXPECT_TRUE(again.Tick().ok());
  EXPECT_FALSE(again.has_more());
}

TEST_F(RecordedRunsTest, AFileIsUnpackedUntilAllOfItIsHereAndNotAgain) {
  Ship("01a");
  const std::string hash = Sha256Hex(*ReadFile(shipped_.path() + "/01a.jsonl.zst"));
  Put("01b", "junk");
  for (int start = 0; start < 2; ++start) {
    RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
    EXPECT_TRUE(recorded.Tick().ok());
    EXPECT_TRUE(store_->answers().Find(hash, "recorded runs taken in")->has_value());
    EXPECT_FALSE(recorded.Tick().ok());  // told again, as it may have been mended
    // Were it unpacked, this run would be missed and taken in.
    ASSERT_TRUE(store_->runs().Delete("01a").ok() || start == 1);
  }
  EXPECT_FALSE(*store_->runs().Has("01a"));
}

TEST_F(RecordedRunsTest, ADamagedOneIsDeletedAndTakenInAgain) {
  UseFile();
  Ship("01a");
  const auto take_in = [&] {
    RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
    while (recorded.has_more()) EXPECT_TRUE(recorded.Tick().ok());
  };
  take_in();
  EXPECT_TRUE(absl::IsFailedPrecondition(queue_->Delete("01a", "")));
  SQLite::Database(folder_.path() + "/powerdown.db", SQLite::OPEN_READWRITE)
      .exec("UPDATE runs SET spec_json = '[[' WHERE run_id = '01a'");
  ASSERT_EQ(store_->runs().FindDamaged()->size(), 1u);
  EXPECT_TRUE(queue_->Delete("01a", "").ok());
  EXPECT_FALSE(*store_->runs().Has("01a"));
  take_in();
  EXPECT_TRUE(*store_->runs().Has("01a"));
  EXPECT_TRUE(store_->runs().FindDamaged()->empty());
}

TEST_F(RecordedRunsTest, CarryWhatWasForecastWithoutTheirOperation) {
  Ship("01a");
  Ship("01b");
  const Forecast before{.made_at_step = 0, .grok_step = 900, .model = "cure-1 without addition"};
  Forecast later = before;
  later.made_at_step = 50;
  later.grok_step = 700;
  std::ofstream(shipped_.path() + "/held_out.jsonl")
      << HeldOutJson({"01a", "addition", {before, later}}).dump() << "\n";
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(recorded.Tick().ok());
  const absl::StatusOr<powerdown::Run> run = queue_->Get("01a");
  ASSERT_TRUE(run.ok() && run->forecast);
  EXPECT_EQ(run->forecast->grok_step, 700);
  EXPECT_EQ(run->forecast->model, "cure-1 without addition");
  EXPECT_FALSE(queue_->Get("01b")->forecast.has_value());
}

TEST_F(RecordedRunsTest, ForecastsThatCannotBeReadAreNamedAndTheRunsTaken) {
  Ship("01a");
  std::ofstream(shipped_.path() + "/held_out.jsonl") << "junk\n";
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_THAT(std::string(recorded.Tick().message()), ::testing::HasSubstr("held_out.jsonl"));
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->runs().Has("01a"));
}

TEST_F(RecordedRunsTest, ADamagedFileIsNamedAndLeftOut) {
  Put("01a", "junk");
  Ship("01b");
  RecordedRuns recorded(shipped_.path(), queue_.get(), store_.get());
  EXPECT_THAT(std::string(recorded.Tick().message()), ::testing::HasSubstr("01a.jsonl.zst"));
  EXPECT_TRUE(recorded.Tick().ok());
  EXPECT_TRUE(*store_->runs().Has("01b"));
}

TEST_F(RecordedRunsTest, AFolderThatIsNotThereHoldsNone) {
  RecordedRuns recorded("/no/such/folder", queue_.get(), store_.get());
  EXPECT_FALSE(recorded.has_more());
  EXPECT_TRUE(recorded.Tick().ok());
}

}  // namespace
}  // namespace powerdown
